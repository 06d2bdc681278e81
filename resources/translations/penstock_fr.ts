<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr">
<context>
    <name>Interlock</name>
    <message>
        <source>Targets answer</source>
        <translation>Cibles joignables</translation>
    </message>
    <message>
        <source>Capacity</source>
        <translation>Capacité</translation>
    </message>
    <message>
        <source>Freshness</source>
        <translation>Fraîcheur</translation>
    </message>
    <message>
        <source>Sub-processor</source>
        <translation>Sous-traitant</translation>
    </message>
    <message>
        <source>Residency</source>
        <translation>Résidence</translation>
    </message>
    <message>
        <source>Minimum providers</source>
        <translation>Fournisseurs minimaux</translation>
    </message>
    <message>
        <source>Largest step</source>
        <translation>Plus grande étape</translation>
    </message>
    <message>
        <source>Route unchanged</source>
        <translation>Route inchangée</translation>
    </message>
    <message>
        <source>Way back</source>
        <translation>Retour</translation>
    </message>
    <message>
        <source>Completeness</source>
        <translation>Intégralité</translation>
    </message>
    <message>
        <source>Rate</source>
        <translation>Débit</translation>
    </message>
    <message>
        <source>Protected routes</source>
        <translation>Routes protégées</translation>
    </message>
    <message>
        <source>Second person</source>
        <translation>Seconde personne</translation>
    </message>
    <message>
        <source>Plan</source>
        <translation>Plan</translation>
    </message>
    <message>
        <source>No other shift</source>
        <translation>Aucun autre transfert</translation>
    </message>
    <message>
        <source>Freeze windows</source>
        <translation>Périodes de gel</translation>
    </message>
</context>
<context>
    <name>penstock::BoardModel</name>
    <message>
        <source>none</source>
        <translation>aucun</translation>
    </message>
    <message>
        <source>Of all interactive load, what is still carried without ending anything</source>
        <translation>De toute la charge interactive, ce qui reste porté sans rien arrêter</translation>
    </message>
    <message>
        <source>GPUs that interactive workloads hold there</source>
        <translation>GPU que les charges interactives y tiennent</translation>
    </message>
    <message>
        <source>GPUs of training and batch that would have to end to make room</source>
        <translation>GPU d’entraînement et de lots qu’il faudrait arrêter pour faire de la place</translation>
    </message>
    <message>
        <source>The GPU model that runs out first</source>
        <translation>Le modèle de GPU qui manque en premier</translation>
    </message>
    <message>
        <source>Dollars an hour more than now, for the interactive load that survives</source>
        <translation>Dollars par heure de plus que maintenant, pour la charge interactive qui survit</translation>
    </message>
    <message>
        <source>Lost now</source>
        <translation>Perdu maintenant</translation>
    </message>
    <message>
        <source>Interactive carried</source>
        <translation>Interactif porté</translation>
    </message>
    <message>
        <source>To place</source>
        <translation>À placer</translation>
    </message>
    <message>
        <source>Shed, GPUs</source>
        <translation>Délestés, GPU</translation>
    </message>
    <message>
        <source>First to break</source>
        <translation>Premier à céder</translation>
    </message>
    <message>
        <source>Cost/h</source>
        <translation>Coût/h</translation>
    </message>
</context>
<context>
    <name>penstock::EndpointsModel</name>
    <message>
        <source>silent for too long: its GPUs count as unknown</source>
        <translation>muet depuis trop longtemps : ses GPU comptent comme inconnus</translation>
    </message>
    <message>
        <source>from the cache, not heard from yet</source>
        <translation>lu dans le cache, sans nouvelles encore</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>connexion en cours</translation>
    </message>
    <message>
        <source>refused frames (%1): %2</source>
        <translation>trames refusées (%1) : %2</translation>
    </message>
    <message>
        <source>simulated</source>
        <translation>simulé</translation>
    </message>
    <message>
        <source>Endpoint</source>
        <translation>Point d’accès</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Type</translation>
    </message>
    <message>
        <source>Age</source>
        <translation>Âge</translation>
    </message>
    <message>
        <source>GPUs</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>Mesures</translation>
    </message>
    <message>
        <source>Last 5 min</source>
        <translation>5 dernières min</translation>
    </message>
    <message>
        <source>Errors/h</source>
        <translation>Erreurs/h</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Remarque</translation>
    </message>
</context>
<context>
    <name>penstock::EndpointsPage</name>
    <message>
        <source>Reconnect now</source>
        <translation>Reconnecter</translation>
    </message>
    <message>
        <source>Endpoints</source>
        <translation>Points d’accès</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filtrer</translation>
    </message>
    <message>
        <source>Filter the endpoints</source>
        <translation>Filtrer les points d’accès</translation>
    </message>
    <message>
        <source>endpoints: %1, GPUs: %2, samples: %3</source>
        <translation>points d’accès : %1, GPU : %2, mesures : %3</translation>
    </message>
    <message>
        <source>No endpoint yet</source>
        <translation>Aucun point d’accès</translation>
    </message>
    <message>
        <source>Add an [[endpoint]] to the workspace file.</source>
        <translation>Ajoutez un [[endpoint]] au fichier d’espace de travail.</translation>
    </message>
    <message>
        <source>%1 frames, last data %2, %3 gaps healed</source>
        <translation>%1 trames, dernières données à %2, %3 lacunes comblées</translation>
    </message>
    <message>
        <source>Refused frames: %1, the newest at %2: %3</source>
        <translation>Trames refusées : %1, la plus récente à %2 : %3</translation>
    </message>
    <message>
        <source>Last error, %1: %2</source>
        <translation>Dernière erreur, %1 : %2</translation>
    </message>
    <message>
        <source>
Where: %1</source>
        <translation>
Où : %1</translation>
    </message>
    <message>
        <source>
What to do: %1</source>
        <translation>
Que faire : %1</translation>
    </message>
    <message>
        <source>No errors.</source>
        <translation>Aucune erreur.</translation>
    </message>
</context>
<context>
    <name>penstock::EvacuationPanel</name>
    <message>
        <source>Skip bake times</source>
        <translation>Sans temps d’attente</translation>
    </message>
    <message>
        <source>The whole evacuation</source>
        <translation>L’évacuation entière</translation>
    </message>
    <message>
        <source>Type the target to arm the button</source>
        <translation>Saisir la cible pour armer le bouton</translation>
    </message>
    <message>
        <source>Reason, kept in the journal</source>
        <translation>Motif, gardé dans le journal</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Motif</translation>
    </message>
    <message>
        <source>In one step, without waiting after it. Nothing else is skipped.</source>
        <translation>En une étape, sans attente après. Rien d’autre n’est omis.</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Reprendre</translation>
    </message>
    <message>
        <source>Go back</source>
        <translation>Revenir</translation>
    </message>
    <message>
        <source>Stop here</source>
        <translation>Arrêter ici</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1 : %2</translation>
    </message>
    <message>
        <source>%1, step %2 of %3: %4</source>
        <translation>%1, étape %2 sur %3 : %4</translation>
    </message>
    <message>
        <source>%1: %2 (desired / accepted / observed)</source>
        <translation>%1 : %2 (voulu / accepté / observé)</translation>
    </message>
    <message>
        <source>No safe return now: what was given away would not find its place again.</source>
        <translation>Pas de retour sûr maintenant : ce qui a été cédé ne retrouverait pas sa place.</translation>
    </message>
    <message>
        <source>Recovered in %1, measured from the command to the last router&apos;s confirmation.</source>
        <translation>Rétabli en %1, mesuré de la commande à la confirmation du dernier routeur.</translation>
    </message>
    <message>
        <source>No new request at %1 after %2.</source>
        <translation>Plus aucune requête à %1 après %2.</translation>
    </message>
    <message>
        <source>Pick what could be lost</source>
        <translation>Choisir ce qui pourrait être perdu</translation>
    </message>
    <message>
        <source>Evacuate %1</source>
        <translation>Évacuer %1</translation>
    </message>
    <message>
        <source>no plan</source>
        <translation>pas de plan</translation>
    </message>
    <message>
        <source>nothing to move</source>
        <translation>rien à déplacer</translation>
    </message>
    <message>
        <source>blocked</source>
        <translation>bloqué</translation>
    </message>
    <message>
        <source>fits, sheds other load</source>
        <translation>tient, déleste d’autres charges</translation>
    </message>
    <message>
        <source>fits</source>
        <translation>tient</translation>
    </message>
    <message>
        <source>Read-only</source>
        <translation>Lecture seule</translation>
    </message>
    <message>
        <source>Evacuate %1: blocked</source>
        <translation>Évacuer %1 : bloqué</translation>
    </message>
    <message>
        <source>&lt;b style=&quot;color:%1&quot;&gt;Moves %2 GPUs of live load.&lt;/b&gt; Type the target and say why to arm the button.</source>
        <translation>&lt;b style=&quot;color:%1&quot;&gt;Déplace %2 GPU de charge vive.&lt;/b&gt; Saisir la cible et dire pourquoi pour armer le bouton.</translation>
    </message>
    <message>
        <source>interactive carried</source>
        <translation>interactif porté</translation>
    </message>
    <message>
        <source>GPUs move</source>
        <translation>GPU déplacés</translation>
    </message>
    <message>
        <source>GPUs shed</source>
        <translation>GPU délestés</translation>
    </message>
    <message>
        <source>routes change</source>
        <translation>routes changent</translation>
    </message>
    <message>
        <source>expected</source>
        <translation>durée prévue</translation>
    </message>
    <message>
        <source>cost per hour</source>
        <translation>coût par heure</translation>
    </message>
    <message>
        <source>from %1, GPUs</source>
        <translation>de %1, GPU</translation>
    </message>
    <message>
        <source>to</source>
        <translation>vers</translation>
    </message>
    <message>
        <source>No route has load there.</source>
        <translation>Aucune route n’y a de charge.</translation>
    </message>
    <message>
        <source>finds no place</source>
        <translation>ne trouve pas de place</translation>
    </message>
    <message>
        <source>Shed: %1</source>
        <translation>Délesté : %1</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>et %1 de plus</translation>
    </message>
    <message>
        <source>No route moves %1: it stays where it is.</source>
        <translation>Aucune route ne déplace %1 : cela reste où c’est.</translation>
    </message>
    <message>
        <source>%1 has nowhere to go.</source>
        <translation>%1 n’a nulle part où aller.</translation>
    </message>
    <message>
        <source>The router of %1 has not answered.</source>
        <translation>Le routeur de %1 n’a pas répondu.</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Étapes</translation>
    </message>
    <message>
        <source>none</source>
        <translation>aucun</translation>
    </message>
    <message>
        <source>%1, receivers are raised first. Way back: %2</source>
        <translation>%1, les receveurs montent d’abord. Retour : %2</translation>
    </message>
    <message>
        <source>planned</source>
        <translation>prévu</translation>
    </message>
    <message>
        <source>writing</source>
        <translation>écriture</translation>
    </message>
    <message>
        <source>confirming</source>
        <translation>confirmation</translation>
    </message>
    <message>
        <source>baking</source>
        <translation>attente</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>en pause</translation>
    </message>
    <message>
        <source>going back</source>
        <translation>retour</translation>
    </message>
    <message>
        <source>done</source>
        <translation>terminé</translation>
    </message>
    <message>
        <source>returned</source>
        <translation>revenu</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>arrêté</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>échoué</translation>
    </message>
    <message>
        <source>overridden by %1</source>
        <translation>outrepassé par %1</translation>
    </message>
    <message>
        <source>passes</source>
        <translation>passe</translation>
    </message>
    <message>
        <source>noted</source>
        <translation>noté</translation>
    </message>
    <message>
        <source>blocks</source>
        <translation>bloque</translation>
    </message>
    <message>
        <source>%1, %2: %3</source>
        <translation>%1, %2 : %3</translation>
    </message>
    <message>
        <source>%1 GPUs of %2 at %3, %4 replicas</source>
        <translation>%1 GPU de %2 à %3, %4 répliques</translation>
    </message>
    <message>
        <source>Interlocks</source>
        <translation>Verrous</translation>
    </message>
    <message>
        <source>%1 pass, %2 noted, %3 overridden, %4 block</source>
        <translation>%1 passent, %2 notés, %3 outrepassés, %4 bloquent</translation>
    </message>
    <message>
        <source> (overridden by %1: %2)</source>
        <translation> (outrepassé par %1 : %2)</translation>
    </message>
    <message>
        <source>GPUs</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>cost/h, prices missing</source>
        <translation>coût/h, prix manquants</translation>
    </message>
</context>
<context>
    <name>penstock::FailoverPage</name>
    <message>
        <source>Failover</source>
        <translation>Basculement</translation>
    </message>
    <message>
        <source>if lost now, what survives</source>
        <translation>si perdu maintenant, ce qui survit</translation>
    </message>
    <message>
        <source>What survives each loss</source>
        <translation>Ce qui survit à chaque perte</translation>
    </message>
    <message>
        <source>Carried if lost</source>
        <translation>Porté en cas de perte</translation>
    </message>
    <message>
        <source>% of interactive load, last hour</source>
        <translation>% de la charge interactive, dernière heure</translation>
    </message>
    <message>
        <source>Interactive load carried if each provider is lost</source>
        <translation>Charge interactive portée si chaque fournisseur est perdu</translation>
    </message>
    <message>
        <source>recomputed %1 ago</source>
        <translation>recalculé il y a %1</translation>
    </message>
    <message>
        <source>From %1 endpoints. A source older than %2 s counts as zero capacity. Interactive workloads without a route cannot move: their load counts as lost.</source>
        <translation>De %1 points d’accès. Une source plus vieille que %2 s compte pour zéro. Les charges interactives sans route ne peuvent pas bouger : elles comptent comme perdues.</translation>
    </message>
</context>
<context>
    <name>penstock::FleetHeat</name>
    <message>
        <source>Look closer (+)</source>
        <translation>Voir de plus près (+)</translation>
    </message>
    <message>
        <source>Look from farther away (-)</source>
        <translation>Voir de plus loin (-)</translation>
    </message>
    <message>
        <source>Show all fleets (0)</source>
        <translation>Montrer toutes les flottes (0)</translation>
    </message>
    <message>
        <source>Back to the fleets (H)</source>
        <translation>Revenir aux flottes (H)</translation>
    </message>
    <message>
        <source>Every GPU on the whole page (H)</source>
        <translation>Chaque GPU sur toute la page (H)</translation>
    </message>
    <message>
        <source>The wheel looks closer, dragging moves, arrows walk, Shift and dragging add up.</source>
        <translation>La molette rapproche, glisser déplace, les flèches parcourent, Maj et glisser additionnent.</translation>
    </message>
    <message>
        <source>Show %1</source>
        <translation>Montrer %1</translation>
    </message>
    <message>
        <source>Every GPU</source>
        <translation>Chaque GPU</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Tout</translation>
    </message>
    <message>
        <source>1 cell: 1 GPU</source>
        <translation>1 case : 1 GPU</translation>
    </message>
    <message>
        <source>1 cell: %1 GPUs</source>
        <translation>1 case : %1 GPU</translation>
    </message>
    <message>
        <source>%1 GPUs, %2 nodes, %3 GPUs in view</source>
        <translation>%1 GPU, %2 nœuds, %3 GPU en vue</translation>
    </message>
    <message>
        <source>%1 GPUs, %2 nodes, %3</source>
        <translation>%1 GPU, %2 nœuds, %3</translation>
    </message>
    <message>
        <source>%1 of %2 GPUs shown by number</source>
        <translation>%1 GPU sur %2 affichés en chiffres</translation>
    </message>
    <message>
        <source>%1 GPUs: %2. %3. Arrows walk, plus and minus look closer and farther.</source>
        <translation>%1 GPU : %2. %3. Les flèches parcourent, plus et moins rapprochent et éloignent.</translation>
    </message>
    <message>
        <source>%1 GPUs, %2</source>
        <translation>%1 GPU, %2</translation>
    </message>
    <message>
        <source>%1 GPUs</source>
        <translation>%1 GPU</translation>
    </message>
    <message>
        <source>the cells in the rectangle</source>
        <translation>les cases du rectangle</translation>
    </message>
</context>
<context>
    <name>penstock::FleetPage</name>
    <message>
        <source>Fleets</source>
        <translation>Flottes</translation>
    </message>
    <message>
        <source>Filter the fleets</source>
        <translation>Filtrer les flottes</translation>
    </message>
    <message>
        <source>Busy GPUs</source>
        <translation>GPU occupés</translation>
    </message>
    <message>
        <source>last 15 min, 1 s</source>
        <translation>15 dernières min, 1 s</translation>
    </message>
    <message>
        <source>Provider</source>
        <translation>Fournisseur</translation>
    </message>
    <message>
        <source>Workload</source>
        <translation>Charge</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modèle</translation>
    </message>
    <message>
        <source>Filter  name, state:free, temp&gt;85</source>
        <translation>Filtrer  nom, state:free, temp&gt;85</translation>
    </message>
    <message>
        <source>Words that all must hold: part of a name, model:H100, state:free, health:xid, util&lt;5, temp&gt;85, power&gt;600W, mem&gt;70GiB, age&gt;10m (in its state)</source>
        <translation>Des mots qui doivent tous convenir : partie d’un nom, model:H100, state:free, health:xid, util&lt;5, temp&gt;85, power&gt;600W, mem&gt;70GiB, age&gt;10m (dans son état)</translation>
    </message>
    <message>
        <source>nothing meets all of these words</source>
        <translation>rien ne convient à tous ces mots</translation>
    </message>
</context>
<context>
    <name>penstock::FleetTreeModel</name>
    <message>
        <source>GPU %1</source>
        <translation>GPU %1</translation>
    </message>
    <message>
        <source>Provider, region, cluster</source>
        <translation>Fournisseur, région, grappe</translation>
    </message>
    <message>
        <source>States</source>
        <translation>États</translation>
    </message>
    <message>
        <source>GPUs</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>Busy %</source>
        <translation>Occ. %</translation>
    </message>
    <message>
        <source>Free</source>
        <translation>Libres</translation>
    </message>
    <message>
        <source>Unhealthy</source>
        <translation>En panne</translation>
    </message>
    <message>
        <source>Unknown</source>
        <translation>Inconnus</translation>
    </message>
    <message>
        <source>Util. %</source>
        <translation>Util. %</translation>
    </message>
    <message>
        <source>Age</source>
        <translation>Âge</translation>
    </message>
</context>
<context>
    <name>penstock::HeaderBar</name>
    <message>
        <source>NOT WHOLE, %1 of %2 silent</source>
        <translation>INCOMPLET, %1 sur %2 muets</translation>
    </message>
    <message>
        <source>Header</source>
        <translation>En-tête</translation>
    </message>
    <message>
        <source>Switch between dark and light</source>
        <translation>Passer du sombre au clair</translation>
    </message>
    <message>
        <source>Dark or light (T)</source>
        <translation>Sombre ou clair (T)</translation>
    </message>
    <message>
        <source>Command palette</source>
        <translation>Palette de commandes</translation>
    </message>
    <message>
        <source>Go anywhere, do anything (Ctrl+K)</source>
        <translation>Aller partout, tout faire (Ctrl+K)</translation>
    </message>
    <message>
        <source>SIMULATED</source>
        <translation>SIMULÉ</translation>
    </message>
    <message>
        <source>READ-ONLY</source>
        <translation>LECTURE SEULE</translation>
    </message>
    <message>
        <source>Ctrl K</source>
        <translation>Ctrl K</translation>
    </message>
    <message>
        <source>Go anywhere, do anything</source>
        <translation>Aller partout, tout faire</translation>
    </message>
    <message>
        <source>NOT WHOLE %1</source>
        <translation>INCOMPLET %1</translation>
    </message>
    <message>
        <source>FROM CACHE %1</source>
        <translation>DU CACHE %1</translation>
    </message>
    <message>
        <source>LIVE %1</source>
        <translation>EN DIRECT %1</translation>
    </message>
    <message>
        <source>CONNECTING</source>
        <translation>CONNEXION</translation>
    </message>
</context>
<context>
    <name>penstock::HeatCard</name>
    <message>
        <source>%1, GPU %2</source>
        <translation>%1, GPU %2</translation>
    </message>
    <message>
        <source>Enter selects it</source>
        <translation>Entrée le sélectionne</translation>
    </message>
    <message>
        <source>State</source>
        <translation>État</translation>
    </message>
    <message>
        <source>Workload</source>
        <translation>Charge</translation>
    </message>
    <message>
        <source>none</source>
        <translation>aucune</translation>
    </message>
    <message>
        <source>Utilisation</source>
        <translation>Utilisation</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Mémoire</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 sur %2</translation>
    </message>
    <message>
        <source>Power</source>
        <translation>Puissance</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Température</translation>
    </message>
    <message>
        <source>Health</source>
        <translation>Santé</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>mean %1, p95 %2 %</source>
        <translation>moyenne %1, p95 %2 %</translation>
    </message>
    <message>
        <source>%1 to %2 °C</source>
        <translation>%1 à %2 °C</translation>
    </message>
    <message>
        <source>%1 unhealthy</source>
        <translation>%1 en panne</translation>
    </message>
    <message>
        <source>silent</source>
        <translation>muet</translation>
    </message>
    <message>
        <source>%1, GPU %2: %3, %4</source>
        <translation>%1, GPU %2 : %3, %4</translation>
    </message>
    <message>
        <source>utilisation unknown</source>
        <translation>utilisation inconnue</translation>
    </message>
    <message>
        <source>%1, %2 GPUs from %3: %4, mean %5</source>
        <translation>%1, %2 GPU à partir de %3 : %4, moyenne %5</translation>
    </message>
</context>
<context>
    <name>penstock::HeatLegend</name>
    <message>
        <source>Utilisation</source>
        <translation>Utilisation</translation>
    </message>
    <message>
        <source>Temp.</source>
        <translation>Temp.</translation>
    </message>
    <message>
        <source>Power</source>
        <translation>Puissance</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Mémoire</translation>
    </message>
    <message>
        <source>Health</source>
        <translation>Santé</translation>
    </message>
    <message>
        <source>Age</source>
        <translation>Âge</translation>
    </message>
    <message>
        <source>Workload</source>
        <translation>Charge</translation>
    </message>
    <message>
        <source>Legend</source>
        <translation>Légende</translation>
    </message>
    <message>
        <source>%1 and more</source>
        <translation>%1 et plus</translation>
    </message>
</context>
<context>
    <name>penstock::HeatOverview</name>
    <message>
        <source>The whole cluster</source>
        <translation>Le cluster entier</translation>
    </message>
    <message>
        <source>Click to go there</source>
        <translation>Cliquer pour y aller</translation>
    </message>
</context>
<context>
    <name>penstock::Inspector</name>
    <message>
        <source>Inspector</source>
        <translation>Inspecteur</translation>
    </message>
    <message>
        <source>GPU %1 is %2</source>
        <translation>Le GPU %1 est %2</translation>
    </message>
    <message>
        <source>%1 GPUs</source>
        <translation>%1 GPU</translation>
    </message>
    <message>
        <source>All fleets</source>
        <translation>Toutes les flottes</translation>
    </message>
    <message>
        <source>, GPU %1</source>
        <translation>, GPU %1</translation>
    </message>
    <message>
        <source>model</source>
        <translation>modèle</translation>
    </message>
    <message>
        <source>workload</source>
        <translation>charge</translation>
    </message>
    <message>
        <source>none</source>
        <translation>aucune</translation>
    </message>
    <message>
        <source>utilisation</source>
        <translation>utilisation</translation>
    </message>
    <message>
        <source>memory used</source>
        <translation>mémoire utilisée</translation>
    </message>
    <message>
        <source> of %1</source>
        <translation> sur %1</translation>
    </message>
    <message>
        <source>more than the model has</source>
        <translation>plus que le modèle n’en a</translation>
    </message>
    <message>
        <source>power</source>
        <translation>puissance</translation>
    </message>
    <message>
        <source>temperature</source>
        <translation>température</translation>
    </message>
    <message>
        <source>%1 GPUs, %2 nodes</source>
        <translation>%1 GPU, %2 nœuds</translation>
    </message>
    <message>
        <source>expected %1, seen %2</source>
        <translation>attendus %1, vus %2</translation>
    </message>
    <message>
        <source>Utilisation</source>
        <translation>Utilisation</translation>
    </message>
    <message>
        <source>mean %1, p95 %2</source>
        <translation>moyenne %1, p95 %2</translation>
    </message>
    <message>
        <source>Load by workload</source>
        <translation>Par charge</translation>
    </message>
    <message>
        <source>GPUs</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>above their memory</source>
        <translation>au-dessus de leur mémoire</translation>
    </message>
    <message>
        <source>XID errors</source>
        <translation>erreurs XID</translation>
    </message>
    <message>
        <source>memory errors</source>
        <translation>erreurs de mémoire</translation>
    </message>
    <message>
        <source>failed row remaps</source>
        <translation>remappages échoués</translation>
    </message>
    <message>
        <source>off the bus</source>
        <translation>hors du bus</translation>
    </message>
    <message>
        <source>throttled</source>
        <translation>bridés</translation>
    </message>
    <message>
        <source>above 85 °C</source>
        <translation>au-dessus de 85 °C</translation>
    </message>
    <message>
        <source>silent over 10 min</source>
        <translation>muets depuis plus de 10 min</translation>
    </message>
    <message>
        <source>idle over 10 min</source>
        <translation>oisifs depuis plus de 10 min</translation>
    </message>
    <message>
        <source>Needs a look</source>
        <translation>À regarder</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>rien</translation>
    </message>
</context>
<context>
    <name>penstock::LoadPage</name>
    <message>
        <source>Load</source>
        <translation>Charge</translation>
    </message>
    <message>
        <source>Observed split</source>
        <translation>Répartition observée</translation>
    </message>
    <message>
        <source>routes: %1, routers: %2</source>
        <translation>routes : %1, routeurs : %2</translation>
    </message>
    <message>
        <source>Observed split of %1</source>
        <translation>Répartition observée de %1</translation>
    </message>
    <message>
        <source>% of requests, last 15 min</source>
        <translation>% des requêtes, 15 dernières min</translation>
    </message>
    <message>
        <source>% of allocated GPUs, last 15 min</source>
        <translation>% des GPU alloués, 15 dernières min</translation>
    </message>
</context>
<context>
    <name>penstock::MainWindow</name>
    <message>
        <source>Penstock – %1</source>
        <translation>Penstock – %1</translation>
    </message>
    <message>
        <source>Fleet</source>
        <translation>Flotte</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>Charge</translation>
    </message>
    <message>
        <source>Endpoints</source>
        <translation>Points d’accès</translation>
    </message>
    <message>
        <source>Shift %1 has started.</source>
        <translation>Le transfert %1 a commencé.</translation>
    </message>
    <message>
        <source>%1 does not answer: %2</source>
        <translation>%1 ne répond pas : %2</translation>
    </message>
    <message>
        <source>%1 answers again.</source>
        <translation>%1 répond de nouveau.</translation>
    </message>
    <message>
        <source>Go to</source>
        <translation>Aller à</translation>
    </message>
    <message>
        <source>page</source>
        <translation>page</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filtrer</translation>
    </message>
    <message>
        <source>the fleets</source>
        <translation>les flottes</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Afficher</translation>
    </message>
    <message>
        <source>the inspector, or hide it</source>
        <translation>l’inspecteur, ou le masquer</translation>
    </message>
    <message>
        <source>Switch</source>
        <translation>Passer</translation>
    </message>
    <message>
        <source>between dark and light</source>
        <translation>du sombre au clair</translation>
    </message>
    <message>
        <source>Move load</source>
        <translation>Déplacer</translation>
    </message>
    <message>
        <source>opens the route, sends nothing</source>
        <translation>ouvre la route, n’envoie rien</translation>
    </message>
    <message>
        <source>Endpoint</source>
        <translation>Point d’accès</translation>
    </message>
    <message>
        <source>Reconnect</source>
        <translation>Reconnecter</translation>
    </message>
    <message>
        <source>%1 GPUs, %2 % busy</source>
        <translation>%1 GPU, %2 % occupés</translation>
    </message>
    <message>
        <source>every GPU on the whole page, or go back</source>
        <translation>chaque GPU sur toute la page, ou revenir</translation>
    </message>
    <message>
        <source>heatmap</source>
        <translation>carte thermique</translation>
    </message>
    <message>
        <source>name, state:free, temp&gt;85</source>
        <translation>nom, state:free, temp&gt;85</translation>
    </message>
    <message>
        <source>Failover</source>
        <translation>Basculement</translation>
    </message>
    <message>
        <source>Evacuation %1 has started.</source>
        <translation>L’évacuation %1 a commencé.</translation>
    </message>
    <message>
        <source>Plan evacuation</source>
        <translation>Prévoir l’évacuation</translation>
    </message>
    <message>
        <source>shows the plan, sends nothing</source>
        <translation>montre le plan, n’envoie rien</translation>
    </message>
</context>
<context>
    <name>penstock::NavButton</name>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
</context>
<context>
    <name>penstock::Palette</name>
    <message>
        <source>Command palette</source>
        <translation>Palette de commandes</translation>
    </message>
    <message>
        <source>What to go to or do</source>
        <translation>Où aller, que faire</translation>
    </message>
    <message>
        <source>Go anywhere, do anything</source>
        <translation>Aller partout, tout faire</translation>
    </message>
    <message>
        <source>Commands</source>
        <translation>Commandes</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 sur %2</translation>
    </message>
    <message>
        <source>Nothing is called that.</source>
        <translation>Rien ne porte ce nom.</translation>
    </message>
    <message>
        <source>Up, Down</source>
        <translation>Haut, Bas</translation>
    </message>
    <message>
        <source>choose</source>
        <translation>choisir</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Entrée</translation>
    </message>
    <message>
        <source>do</source>
        <translation>faire</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Échap</translation>
    </message>
    <message>
        <source>close</source>
        <translation>fermer</translation>
    </message>
</context>
<context>
    <name>penstock::PreviewPanel</name>
    <message>
        <source>%1 step %2 of %3</source>
        <translation>%1, étape %2 sur %3</translation>
    </message>
    <message>
        <source>, planned</source>
        <translation>, prévu</translation>
    </message>
    <message>
        <source>, writing</source>
        <translation>, écriture</translation>
    </message>
    <message>
        <source>, confirming</source>
        <translation>, confirmation</translation>
    </message>
    <message>
        <source>, baking</source>
        <translation>, observation</translation>
    </message>
    <message>
        <source>, paused</source>
        <translation>, en pause</translation>
    </message>
    <message>
        <source>, going back</source>
        <translation>, retour</translation>
    </message>
    <message>
        <source>%1 done</source>
        <translation>%1 terminé</translation>
    </message>
    <message>
        <source>%1 returned</source>
        <translation>%1 revenu</translation>
    </message>
    <message>
        <source>%1 stopped</source>
        <translation>%1 arrêté</translation>
    </message>
    <message>
        <source>%1 failed</source>
        <translation>%1 en échec</translation>
    </message>
    <message>
        <source>GPUs by target and model</source>
        <translation>GPU par cible et modèle</translation>
    </message>
    <message>
        <source>Needed</source>
        <translation>Requis</translation>
    </message>
    <message>
        <source>Placeable</source>
        <translation>Plaçables</translation>
    </message>
    <message>
        <source>Allocated after</source>
        <translation>Alloués ensuite</translation>
    </message>
    <message>
        <source>frees %1</source>
        <translation>libère %1</translation>
    </message>
    <message>
        <source>%1 to %2 %</source>
        <translation>%1 à %2 %</translation>
    </message>
    <message>
        <source>Interlocks</source>
        <translation>Verrous</translation>
    </message>
    <message>
        <source>%1 pass, %2 noted, %3 block</source>
        <translation>%1 passent, %2 notés, %3 bloquent</translation>
    </message>
    <message>
        <source>Steps and way back</source>
        <translation>Étapes et retour</translation>
    </message>
    <message>
        <source>nothing to do</source>
        <translation>rien à faire</translation>
    </message>
    <message>
        <source>%1 steps, receivers are raised first</source>
        <translation>%1 étapes, les cibles montent d’abord</translation>
    </message>
    <message>
        <source>Way back: the same steps in reverse, at any time.</source>
        <translation>Retour : les mêmes étapes à rebours, à tout moment.</translation>
    </message>
    <message>
        <source>before</source>
        <translation>avant</translation>
    </message>
    <message>
        <source>now</source>
        <translation>actuel</translation>
    </message>
    <message>
        <source>Backend</source>
        <translation>Serveur</translation>
    </message>
    <message>
        <source>Accepted</source>
        <translation>Accepté</translation>
    </message>
    <message>
        <source>Observed</source>
        <translation>Observé</translation>
    </message>
    <message>
        <source>State</source>
        <translation>État</translation>
    </message>
    <message>
        <source>up</source>
        <translation>en service</translation>
    </message>
    <message>
        <source>warming up</source>
        <translation>en chauffe</translation>
    </message>
    <message>
        <source>draining</source>
        <translation>en vidange</translation>
    </message>
    <message>
        <source>in maintenance</source>
        <translation>en maintenance</translation>
    </message>
    <message>
        <source>down</source>
        <translation>hors service</translation>
    </message>
    <message>
        <source>Observed on the last %1 requests; under %2 they say nothing.</source>
        <translation>Observé sur les %1 dernières requêtes ; au-dessous de %2 elles ne disent rien.</translation>
    </message>
    <message>
        <source>Observed: shares of the workload&apos;s allocated GPUs.</source>
        <translation>Observé : parts des GPU alloués à la charge.</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Aperçu</translation>
    </message>
    <message>
        <source>Drag a handle or type a share to see what it would do. Nothing is sent until Start.</source>
        <translation>Tirez une poignée ou tapez une part pour voir l’effet. Rien n’est envoyé avant Démarrer.</translation>
    </message>
    <message>
        <source>What the edit would do</source>
        <translation>Effet de la modification</translation>
    </message>
    <message>
        <source> % a step</source>
        <translation> % par étape</translation>
    </message>
    <message>
        <source>Largest step</source>
        <translation>Plus grande étape</translation>
    </message>
    <message>
        <source> s bake</source>
        <translation> s d’observation</translation>
    </message>
    <message>
        <source>Wait after each step</source>
        <translation>Attente après chaque étape</translation>
    </message>
    <message>
        <source>Reason, kept in the journal</source>
        <translation>Motif, gardé dans le journal</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Motif</translation>
    </message>
    <message>
        <source>Start shift</source>
        <translation>Démarrer le transfert</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Abandonner</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Reprendre</translation>
    </message>
    <message>
        <source>Go back</source>
        <translation>Revenir</translation>
    </message>
    <message>
        <source>Stop here</source>
        <translation>Arrêter ici</translation>
    </message>
    <message>
        <source>%1 %2 to %3</source>
        <translation>%1 %2 à %3</translation>
    </message>
    <message>
        <source>%1: needs %2 GPUs, %3 placeable</source>
        <translation>%1 : requiert %2 GPU, %3 plaçables</translation>
    </message>
    <message>
        <source>%1, %2: %3</source>
        <translation>%1, %2 : %3</translation>
    </message>
    <message>
        <source>passes</source>
        <translation>passe</translation>
    </message>
    <message>
        <source>blocks</source>
        <translation>bloque</translation>
    </message>
    <message>
        <source>noted</source>
        <translation>noté</translation>
    </message>
    <message>
        <source>%1: accepted %2, observed %3</source>
        <translation>%1 : accepté %2, observé %3</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>Transfert</translation>
    </message>
    <message>
        <source>Route</source>
        <translation>Route</translation>
    </message>
    <message>
        <source>Read-only</source>
        <translation>Lecture seule</translation>
    </message>
    <message>
        <source>Start shift: blocked</source>
        <translation>Démarrer : bloqué</translation>
    </message>
    <message>
        <source>Say why first</source>
        <translation>Dites d’abord pourquoi</translation>
    </message>
    <message>
        <source>, next in %1</source>
        <translation>, suite dans %1</translation>
    </message>
    <message>
        <source>blocked</source>
        <translation>bloqué</translation>
    </message>
    <message>
        <source>fits</source>
        <translation>tient</translation>
    </message>
</context>
<context>
    <name>penstock::RouteRow</name>
    <message>
        <source>Share of %1</source>
        <translation>Part de %1</translation>
    </message>
    <message>
        <source>Arrow keys 1 %, Shift 5 %</source>
        <translation>Flèches 1 %, Maj 5 %</translation>
    </message>
    <message>
        <source>Weights of %1</source>
        <translation>Poids de %1</translation>
    </message>
    <message>
        <source>drift: %1</source>
        <translation>dérive : %1</translation>
    </message>
    <message>
        <source>%1 GPUs of demand find no place</source>
        <translation>%1 GPU de demande sans place</translation>
    </message>
    <message>
        <source>interactive</source>
        <translation>interactive</translation>
    </message>
    <message>
        <source>batch</source>
        <translation>par lots</translation>
    </message>
    <message>
        <source>training</source>
        <translation>entraînement</translation>
    </message>
    <message>
        <source>%1 only</source>
        <translation>%1 seulement</translation>
    </message>
    <message>
        <source>HAProxy %1</source>
        <translation>HAProxy %1</translation>
    </message>
    <message>
        <source>HTTPRoute %1</source>
        <translation>HTTPRoute %1</translation>
    </message>
    <message>
        <source>agent %1</source>
        <translation>agent %1</translation>
    </message>
    <message>
        <source>%1 GPUs</source>
        <translation>%1 GPU</translation>
    </message>
    <message>
        <source>%1 requests</source>
        <translation>%1 requêtes</translation>
    </message>
    <message>
        <source>editing</source>
        <translation>modifié</translation>
    </message>
    <message>
        <source>no answer</source>
        <translation>sans réponse</translation>
    </message>
    <message>
        <source>drift</source>
        <translation>dérive</translation>
    </message>
</context>
<context>
    <name>penstock::StatusLine</name>
    <message>
        <source>Status</source>
        <translation>État</translation>
    </message>
    <message>
        <source>%1 %2: step %3 of %4</source>
        <translation>%1 %2 : étape %3 sur %4</translation>
    </message>
</context>
<context>
    <name>penstock::TimeChart</name>
    <message>
        <source>supply</source>
        <translation>offre</translation>
    </message>
</context>
<context>
    <name>penstock::TotalsStrip</name>
    <message>
        <source>busy</source>
        <translation>occupés</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>oisifs</translation>
    </message>
    <message>
        <source>free</source>
        <translation>libres</translation>
    </message>
    <message>
        <source>draining</source>
        <translation>en vidange</translation>
    </message>
    <message>
        <source>unhealthy</source>
        <translation>en panne</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>inconnus</translation>
    </message>
    <message>
        <source>Totals</source>
        <translation>Totaux</translation>
    </message>
    <message>
        <source>%1 GPUs, %2 busy, %3 free, %4 unhealthy, %5 unknown</source>
        <translation>%1 GPU, %2 occupés, %3 libres, %4 en panne, %5 inconnus</translation>
    </message>
    <message>
        <source>GPUs, %1 nodes</source>
        <translation>GPU, %1 nœuds</translation>
    </message>
    <message>
        <source>mean util., p95 %1</source>
        <translation>util. moyenne, p95 %1</translation>
    </message>
    <message>
        <source>power</source>
        <translation>puissance</translation>
    </message>
    <message>
        <source>row remap</source>
        <translation>remappage</translation>
    </message>
    <message>
        <source>off the bus</source>
        <translation>hors du bus</translation>
    </message>
    <message>
        <source>throttled</source>
        <translation>bridé</translation>
    </message>
    <message>
        <source>good</source>
        <translation>bon</translation>
    </message>
</context>
<context>
    <name>penstock::WeightBar</name>
    <message>
        <source>%1 %2 per cent</source>
        <translation>%1 %2 pour cent</translation>
    </message>
    <message>
        <source>not known yet</source>
        <translation>pas encore connu</translation>
    </message>
    <message>
        <source>desired</source>
        <translation>désiré</translation>
    </message>
    <message>
        <source>accepted</source>
        <translation>accepté</translation>
    </message>
    <message>
        <source>observed</source>
        <translation>observé</translation>
    </message>
</context>
<context>
    <name>penstock::WeightLegend</name>
    <message>
        <source>desired</source>
        <translation>désiré</translation>
    </message>
    <message>
        <source>accepted by the router</source>
        <translation>accepté par le routeur</translation>
    </message>
    <message>
        <source>observed</source>
        <translation>observé</translation>
    </message>
</context>
</TS>
