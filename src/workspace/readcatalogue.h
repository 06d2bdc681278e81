// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

#include "fleet/catalogue.h"
#include "table/table.h"

namespace penstock {

/// One [[model]]; `known`: the models of the products that stand in the file so far.
void readModel(Table& it, Catalogue& catalogue, std::map<std::string, std::string>& known);

} // namespace penstock
