# SPDX-FileCopyrightText: 2026 The Penstock developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts one weight of Inter with tabular figures on, as the family Penstock Sans.

Qt before 6.7 cannot switch font features on, so the digits that `tnum` would put in place become the plain ones.
Usage: tabular.py INTER.otf WEIGHT-NAME OUT.otf
"""
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Penstock Sans"
TEXT = [*range(0x20, 0x250), *range(0x370, 0x400), *range(0x2000, 0x2070), 0x20AC, *range(0x2190, 0x21C0),
        *range(0x2200, 0x2270), *range(0x25A0, 0x2600)]


def tabular(font):
    """Glyph -> its tabular form, as the font's own `tnum` feature has it."""
    table = font["GSUB"].table
    swaps = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag != "tnum":
            continue
        for index in record.Feature.LookupListIndex:
            for part in table.LookupList.Lookup[index].SubTable:
                part = getattr(part, "ExtSubTable", part)
                swaps.update(getattr(part, "mapping", {}))
    return swaps


def rename(font, weight):
    names = font["name"]
    plain = weight == "Regular"
    names.names = [it for it in names.names if it.nameID in (0, 13, 14)]
    for number, text in {1: FAMILY if plain else f"{FAMILY} {weight}", 2: "Regular", 3: f"{FAMILY} {weight}",
                         4: f"{FAMILY} {weight}", 6: f"{FAMILY}-{weight}".replace(" ", ""), 16: FAMILY, 17: weight}.items():
        names.setName(text, number, 3, 1, 0x409)


def main():
    source, weight, target = sys.argv[1:]
    font = TTFont(source)
    swaps = tabular(font)
    if not swaps:
        sys.exit(f"{source}: no tabular figures in this font")
    for table in font["cmap"].tables:
        for code, glyph in list(table.cmap.items()):
            table.cmap[code] = swaps.get(glyph, glyph)
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=TEXT)
    cutter.subset(font)
    rename(font, weight)
    font.save(target)


main()
