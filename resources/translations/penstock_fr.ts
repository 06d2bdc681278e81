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
    <message>
        <source>Reaches all of it</source>
        <translation>Tout est atteint</translation>
    </message>
    <message>
        <source>Router takes it</source>
        <translation>Le routeur l&apos;accepte</translation>
    </message>
</context>
<context>
    <name>Prices</name>
    <message>
        <source>prices of the workspace up to %1</source>
        <translation>prix de l’espace de travail jusqu’au %1</translation>
    </message>
    <message>
        <source>list prices of %1</source>
        <translation>prix publics du %1</translation>
    </message>
    <message>
        <source>list prices of %1 to %2</source>
        <translation>prix publics du %1 au %2</translation>
    </message>
</context>
<context>
    <name>Trend</name>
    <message>
        <source>nothing was seen</source>
        <translation>rien n’a été vu</translation>
    </message>
    <message>
        <source>nothing was seen before %1</source>
        <translation>rien n’a été vu avant %1</translation>
    </message>
    <message>
        <source>nothing was seen for %1 in between</source>
        <translation>rien n’a été vu pendant %1 entre-temps</translation>
    </message>
    <message>
        <source>nothing was seen since %1</source>
        <translation>rien n’a été vu depuis %1</translation>
    </message>
    <message>
        <source>up to %1 GPUs of %2 were silent between %3 and %4</source>
        <translation>jusqu’à %1 GPU de %2 sont restés muets entre %3 et %4</translation>
    </message>
    <message>
        <source>of %1 something is not known between %2 and %3</source>
        <translation>de %1, quelque chose est inconnu entre %2 et %3</translation>
    </message>
</context>
<context>
    <name>Trouble</name>
    <message>
        <source>graphics engine exception</source>
        <translation>exception du moteur graphique</translation>
    </message>
    <message>
        <source>GPU memory page fault</source>
        <translation>défaut de page de la mémoire du GPU</translation>
    </message>
    <message>
        <source>corrupted push buffer</source>
        <translation>tampon de commandes corrompu</translation>
    </message>
    <message>
        <source>GPU stopped processing, channel reset</source>
        <translation>le GPU a cessé de calculer, canal réinitialisé</translation>
    </message>
    <message>
        <source>preemptive cleanup after another error</source>
        <translation>nettoyage préventif après une autre erreur</translation>
    </message>
    <message>
        <source>GPU stopped processing, timeout</source>
        <translation>le GPU a cessé de calculer, délai dépassé</translation>
    </message>
    <message>
        <source>uncorrectable (double-bit) memory error</source>
        <translation>erreur mémoire non corrigeable (double bit)</translation>
    </message>
    <message>
        <source>auxiliary power is not connected</source>
        <translation>alimentation auxiliaire non branchée</translation>
    </message>
    <message>
        <source>internal micro-controller halt</source>
        <translation>arrêt du microcontrôleur interne</translation>
    </message>
    <message>
        <source>row remap or page retirement recorded</source>
        <translation>remappage de lignes ou retrait de pages enregistré</translation>
    </message>
    <message>
        <source>row remap or page retirement failed</source>
        <translation>échec du remappage ou du retrait de pages</translation>
    </message>
    <message>
        <source>NVDEC0 exception</source>
        <translation>exception de NVDEC0</translation>
    </message>
    <message>
        <source>graphics class error</source>
        <translation>erreur de classe graphique</translation>
    </message>
    <message>
        <source>NVLink error</source>
        <translation>erreur NVLink</translation>
    </message>
    <message>
        <source>vGPU start error</source>
        <translation>erreur de démarrage du vGPU</translation>
    </message>
    <message>
        <source>fallen off the bus</source>
        <translation>tombé du bus</translation>
    </message>
    <message>
        <source>high rate of corrected memory errors</source>
        <translation>taux élevé d’erreurs mémoire corrigées</translation>
    </message>
    <message>
        <source>InfoROM wear limit</source>
        <translation>limite d’usure de l’InfoROM</translation>
    </message>
    <message>
        <source>contained memory error</source>
        <translation>erreur mémoire confinée</translation>
    </message>
    <message>
        <source>uncontained memory error</source>
        <translation>erreur mémoire non confinée</translation>
    </message>
    <message>
        <source>context switch timeout</source>
        <translation>délai de changement de contexte dépassé</translation>
    </message>
    <message>
        <source>security fault</source>
        <translation>faute de sécurité</translation>
    </message>
    <message>
        <source>GSP RPC timeout</source>
        <translation>délai RPC du GSP dépassé</translation>
    </message>
    <message>
        <source>GSP error</source>
        <translation>erreur du GSP</translation>
    </message>
    <message>
        <source>C2C link error</source>
        <translation>erreur de lien C2C</translation>
    </message>
    <message>
        <source>link training failed</source>
        <translation>échec de l’établissement du lien</translation>
    </message>
    <message>
        <source>NVLink privilege error</source>
        <translation>erreur de privilège NVLink</translation>
    </message>
    <message>
        <source>unrecovered memory error</source>
        <translation>erreur mémoire non rattrapée</translation>
    </message>
    <message>
        <source>GPU initialisation error</source>
        <translation>erreur d’initialisation du GPU</translation>
    </message>
    <message>
        <source>NVLink SAW error</source>
        <translation>erreur NVLink SAW</translation>
    </message>
    <message>
        <source>NVLink RLW error</source>
        <translation>erreur NVLink RLW</translation>
    </message>
    <message>
        <source>NVLink TLW error</source>
        <translation>erreur NVLink TLW</translation>
    </message>
    <message>
        <source>NVLink TREX error</source>
        <translation>erreur NVLink TREX</translation>
    </message>
    <message>
        <source>NVLink NVLPW_CTRL error</source>
        <translation>erreur NVLink NVLPW_CTRL</translation>
    </message>
    <message>
        <source>NVLink NETIR error</source>
        <translation>erreur NVLink NETIR</translation>
    </message>
    <message>
        <source>NVLink MSE error</source>
        <translation>erreur NVLink MSE</translation>
    </message>
    <message>
        <source>key rotation error</source>
        <translation>erreur de rotation des clés</translation>
    </message>
    <message>
        <source>the recovery action changed</source>
        <translation>l’action de reprise a changé</translation>
    </message>
    <message>
        <source>NVLink software error</source>
        <translation>erreur logicielle NVLink</translation>
    </message>
    <message>
        <source>resource retirement</source>
        <translation>retrait de ressource</translation>
    </message>
    <message>
        <source>resource retirement failed</source>
        <translation>échec du retrait de ressource</translation>
    </message>
    <message>
        <source>fatal timeout</source>
        <translation>délai dépassé, fatal</translation>
    </message>
    <message>
        <source>channel retirement</source>
        <translation>retrait de canal</translation>
    </message>
    <message>
        <source>channel retirement failed</source>
        <translation>échec du retrait de canal</translation>
    </message>
    <message>
        <source>fatal PCIe timeout</source>
        <translation>délai PCIe dépassé, fatal</translation>
    </message>
    <message>
        <source>reduced GPU memory capacity</source>
        <translation>capacité mémoire du GPU réduite</translation>
    </message>
    <message>
        <source>uncorrectable DRAM error</source>
        <translation>erreur DRAM non corrigeable</translation>
    </message>
    <message>
        <source>uncorrectable SRAM error</source>
        <translation>erreur SRAM non corrigeable</translation>
    </message>
    <message>
        <source>restart the application</source>
        <translation>redémarrer l’application</translation>
    </message>
    <message>
        <source>none</source>
        <translation>aucune</translation>
    </message>
    <message>
        <source>look at the other XID</source>
        <translation>regarder l’autre XID</translation>
    </message>
    <message>
        <source>reset the GPU</source>
        <translation>réinitialiser le GPU</translation>
    </message>
    <message>
        <source>check the power cables</source>
        <translation>vérifier les câbles d’alimentation</translation>
    </message>
    <message>
        <source>reset the GPU at the next occasion</source>
        <translation>réinitialiser le GPU à la prochaine occasion</translation>
    </message>
    <message>
        <source>reset the GPU, then support</source>
        <translation>réinitialiser le GPU, puis l’assistance</translation>
    </message>
    <message>
        <source>drain multi-GPU jobs, check the links</source>
        <translation>vider les tâches multi-GPU, vérifier les liens</translation>
    </message>
    <message>
        <source>update driver and firmware</source>
        <translation>mettre à jour pilote et micrologiciel</translation>
    </message>
    <message>
        <source>reboot the node, then support</source>
        <translation>redémarrer le nœud, puis l’assistance</translation>
    </message>
    <message>
        <source>support</source>
        <translation>l’assistance</translation>
    </message>
    <message>
        <source>follow NVIDIA&apos;s NVLink 5 workflow</source>
        <translation>suivre la procédure NVLink 5 de NVIDIA</translation>
    </message>
    <message>
        <source>restart the virtual machine</source>
        <translation>redémarrer la machine virtuelle</translation>
    </message>
    <message>
        <source>look at the recovery action and the XID before it</source>
        <translation>regarder l’action de reprise et le XID précédent</translation>
    </message>
    <message>
        <source>look into it</source>
        <translation>à examiner</translation>
    </message>
    <message>
        <source>its source is silent</source>
        <translation>sa source est muette</translation>
    </message>
    <message>
        <source>silent</source>
        <translation>muet</translation>
    </message>
    <message>
        <source>a health check failed, or its driver asks for a reset</source>
        <translation>un contrôle de santé a échoué, ou son pilote demande une réinitialisation</translation>
    </message>
    <message>
        <source>row remap failed</source>
        <translation>échec du remappage de lignes</translation>
    </message>
    <message>
        <source>off the bus: its exporter no longer shows it</source>
        <translation>hors du bus : son exportateur ne le montre plus</translation>
    </message>
    <message>
        <source>slowed down by heat or power</source>
        <translation>ralenti par la chaleur ou la puissance</translation>
    </message>
    <message>
        <source>unhealthy, its source does not say why</source>
        <translation>en panne, sa source ne dit pas pourquoi</translation>
    </message>
    <message>
        <source>not in the list of known ones</source>
        <translation>absent de la liste des XID connus</translation>
    </message>
    <message>
        <source>look at the endpoint</source>
        <translation>regarder la source</translation>
    </message>
    <message>
        <source>look at cooling and power</source>
        <translation>regarder refroidissement et alimentation</translation>
    </message>
    <message>
        <source>see whether its node and its exporter run</source>
        <translation>vérifier que son nœud et son exportateur tournent</translation>
    </message>
    <message>
        <source>dcgmi health -c on its node says which</source>
        <translation>dcgmi health -c sur son nœud dit laquelle</translation>
    </message>
    <message>
        <source>254 or above, not in the list of known ones</source>
        <translation>254 ou plus, absente de la liste des connues</translation>
    </message>
    <message>
        <source>held, and nobody measures what it does</source>
        <translation>occupé, et personne ne mesure ce qu’il fait</translation>
    </message>
    <message>
        <source>let an exporter run on its node</source>
        <translation>faire tourner un exportateur sur son nœud</translation>
    </message>
</context>
<context>
    <name>penstock::AddEndpointPanel</name>
    <message>
        <source>1 Address</source>
        <translation>1 Adresse</translation>
    </message>
    <message>
        <source>2 What was found</source>
        <translation>2 Trouvé</translation>
    </message>
    <message>
        <source>3 Save</source>
        <translation>3 Enregistrer</translation>
    </message>
    <message>
        <source>%1 GPUs on %2 nodes</source>
        <translation>%1 GPU sur %2 nœuds</translation>
    </message>
    <message>
        <source>Unknown: %1</source>
        <translation>Inconnu : %1</translation>
    </message>
    <message>
        <source>Data approval of %1</source>
        <translation>Agrément de %1</translation>
    </message>
    <message>
        <source>No workload may move there yet</source>
        <translation>Aucune charge ne peut encore y aller</translation>
    </message>
    <message>
        <source>GPUs on %1 nodes</source>
        <translation>GPU sur %1 nœuds</translation>
    </message>
    <message>
        <source>and %1 more regions</source>
        <translation>et %1 autres régions</translation>
    </message>
    <message>
        <source>%1 x %2</source>
        <translation>%1 x %2</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>Trouvé</translation>
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
        <source>Power</source>
        <translation>Puissance</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Température</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 sur %2</translation>
    </message>
    <message>
        <source>Who holds which GPUs</source>
        <translation>Qui tient quels GPU</translation>
    </message>
    <message>
        <source>%1 held</source>
        <translation>%1 tenus</translation>
    </message>
    <message>
        <source>Demand that waits</source>
        <translation>Demande en attente</translation>
    </message>
    <message>
        <source>%1 workloads</source>
        <translation>%1 charges</translation>
    </message>
    <message>
        <source>%1 of no GPU</source>
        <translation>%1 : d&apos;aucun GPU</translation>
    </message>
    <message>
        <source>Missing, and what that costs you</source>
        <translation>Ce qui manque, et ce que cela vous coûte</translation>
    </message>
    <message>
        <source>or a context</source>
        <translation>ou contexte</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nom</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Retour</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Regarder encore</translation>
    </message>
    <message>
        <source>Look what is there</source>
        <translation>Regarder ce qui s&apos;y trouve</translation>
    </message>
    <message>
        <source>Save endpoint</source>
        <translation>Enregistrer</translation>
    </message>
    <message>
        <source>Add endpoint</source>
        <translation>Ajouter un point d&apos;accès</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>https://…, http://HOST:9400, grpcs://HOST:7443</source>
        <translation>https://…, http://HÔTE:9400, grpcs://HÔTE:7443</translation>
    </message>
    <message>
        <source>find out</source>
        <translation>à découvrir</translation>
    </message>
    <message>
        <source>Context of the kubeconfig</source>
        <translation>Contexte du kubeconfig</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Type</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Jeton</translation>
    </message>
    <message>
        <source>keychain:NAME, env:NAME or file:PATH</source>
        <translation>keychain:NOM, env:NOM ou file:CHEMIN</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Utilisateur</translation>
    </message>
    <message>
        <source>where the token is a password</source>
        <translation>si le jeton est un mot de passe</translation>
    </message>
    <message>
        <source>Tenant</source>
        <translation>Locataire</translation>
    </message>
    <message>
        <source>of a store of many, as Mimir</source>
        <translation>d&apos;un dépôt partagé, comme Mimir</translation>
    </message>
    <message>
        <source>Authority</source>
        <translation>Autorité</translation>
    </message>
    <message>
        <source>PEM file; else the system&apos;s</source>
        <translation>fichier PEM ; sinon celles du système</translation>
    </message>
    <message>
        <source>Provider</source>
        <translation>Fournisseur</translation>
    </message>
    <message>
        <source>where it can&apos;t tell: azure, gcp, aws…</source>
        <translation>s&apos;il ne le dit pas : azure, gcp, aws…</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>Région</translation>
    </message>
    <message>
        <source>where it can&apos;t tell: eastus</source>
        <translation>s&apos;il ne la dit pas : eastus</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>Ce qui a été trouvé</translation>
    </message>
    <message>
        <source>Looking what answers there…</source>
        <translation>On regarde ce qui y répond…</translation>
    </message>
    <message>
        <source>none</source>
        <translation>aucun</translation>
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
        <source>%1, %2, answered in %3 ms</source>
        <translation>%1, %2, réponse en %3 ms</translation>
    </message>
    <message>
        <source>fill in %1 above</source>
        <translation>renseignez %1 ci-dessus</translation>
    </message>
    <message>
        <source>GPUs on 1 node</source>
        <translation>GPU sur 1 nœud</translation>
    </message>
    <message>
        <source>Run it</source>
        <translation>L’exécuter</translation>
    </message>
    <message>
        <source>Its Prometheus</source>
        <translation>Son Prometheus</translation>
    </message>
    <message>
        <source>https://… that measures its GPUs, if any</source>
        <translation>https://… qui mesure ses GPU, s’il y en a un</translation>
    </message>
    <message>
        <source>To sign in, this context runs a program with your rights:
%1
Run it only if you trust this kubeconfig.</source>
        <translation>Pour s’identifier, ce contexte exécute un programme avec vos droits :
%1
Ne l’exécutez que si vous faites confiance à ce kubeconfig.</translation>
    </message>
    <message>
        <source>%1 zones</source>
        <translation>%1 zones</translation>
    </message>
    <message>
        <source>%1 GPUs on 1 node</source>
        <translation>%1 GPU sur 1 nœud</translation>
    </message>
    <message>
        <source>with a token, or none</source>
        <translation>par jeton, ou sans</translation>
    </message>
    <message>
        <source>to Amazon</source>
        <translation>chez Amazon</translation>
    </message>
    <message>
        <source>to Google Cloud</source>
        <translation>chez Google Cloud</translation>
    </message>
    <message>
        <source>to Azure</source>
        <translation>chez Azure</translation>
    </message>
    <message>
        <source>Sign in</source>
        <translation>S’identifier</translation>
    </message>
    <message>
        <source>Access key</source>
        <translation>Clé d’accès</translation>
    </message>
    <message>
        <source>AKIA…; without: this account&apos;s keys</source>
        <translation>AKIA… ; sans elle, celles du compte</translation>
    </message>
    <message>
        <source>Secret key</source>
        <translation>Clé secrète</translation>
    </message>
    <message>
        <source>Session token</source>
        <translation>Jeton de session</translation>
    </message>
    <message>
        <source>of keys that end: keychain:NAME…</source>
        <translation>de clés qui expirent : keychain:NOM…</translation>
    </message>
    <message>
        <source>Profile</source>
        <translation>Profil</translation>
    </message>
    <message>
        <source>of ~/.aws/credentials, instead</source>
        <translation>de ~/.aws/credentials, à la place</translation>
    </message>
    <message>
        <source>Store&apos;s region</source>
        <translation>Sa région</translation>
    </message>
    <message>
        <source>where the address can&apos;t tell</source>
        <translation>si l’adresse ne la dit pas</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Clé</translation>
    </message>
    <message>
        <source>file:KEY.json, keychain:NAME…</source>
        <translation>file:CLÉ.json, keychain:NOM…</translation>
    </message>
    <message>
        <source>Directory</source>
        <translation>Annuaire</translation>
    </message>
    <message>
        <source>its ID, or its domain</source>
        <translation>son ID ou son domaine</translation>
    </message>
    <message>
        <source>Application</source>
        <translation>Application</translation>
    </message>
    <message>
        <source>its ID, of the app registration</source>
        <translation>son ID, de l’inscription d’application</translation>
    </message>
    <message>
        <source>Client secret</source>
        <translation>Secret client</translation>
    </message>
</context>
<context>
    <name>penstock::AttentionBar</name>
    <message>
        <source>Show</source>
        <translation>Afficher</translation>
    </message>
    <message>
        <source>%1, %2, was left behind at step %3 of %4: the program that ran it has ended. Nothing moves until somebody decides.</source>
        <translation>%1, %2, est abandonné à l&apos;étape %3 sur %4 : le programme qui l&apos;exécutait s&apos;est terminé. Rien ne bouge avant que quelqu&apos;un décide.</translation>
    </message>
    <message>
        <source>%1, %2, is paused at step %3 of %4: %5</source>
        <translation>%1, %2, est en pause à l&apos;étape %3 sur %4 : %5</translation>
    </message>
    <message>
        <source>%1 has failed: %2</source>
        <translation>%1 a échoué : %2</translation>
    </message>
    <message>
        <source>%1, %2, was paused at step %3 of %4 by %5. Nothing is written until it is resumed.</source>
        <translation>%1, %2, a été mis en pause à l’étape %3 sur %4 par %5. Rien n’est écrit avant la reprise.</translation>
    </message>
    <message>
        <source>somebody</source>
        <translation>quelqu’un</translation>
    </message>
    <message>
        <source>Pause  P</source>
        <translation>Pause  P</translation>
    </message>
    <message>
        <source>Resume  P</source>
        <translation>Reprendre  P</translation>
    </message>
    <message>
        <source>Go back  B</source>
        <translation>Revenir  B</translation>
    </message>
    <message>
        <source>Stop here  S</source>
        <translation>Arrêter ici  S</translation>
    </message>
    <message>
        <source>%1, %2, goes back: step %3 of %4.</source>
        <translation>%1, %2, revient : étape %3 sur %4.</translation>
    </message>
    <message>
        <source>%1, %2, runs: step %3 of %4.</source>
        <translation>%1, %2, est en cours : étape %3 sur %4.</translation>
    </message>
    <message>
        <source>%1 With %2 overridden by %3 until %4: %5</source>
        <translation>%1 Avec %2 outrepassé par %3 jusqu’à %4 : %5</translation>
    </message>
    <message>
        <source>%1, %2, has ended.</source>
        <translation>%1, %2, est terminée.</translation>
    </message>
    <message>
        <source>%1, %2, stands at step %3 of %4, paused by: %5. Resume it when that has changed, take it back or stop it.</source>
        <translation>%1, %2, reste à l&apos;étape %3 sur %4, en pause à cause de : %5. Reprenez-le quand cela aura changé, ramenez-le ou arrêtez-le.</translation>
    </message>
    <message>
        <source>As a plan on the Load page: nothing is sent until it is started</source>
        <translation>Comme un plan de la page Charge : rien n’est envoyé avant qu’il soit lancé</translation>
    </message>
    <message>
        <source>Set %1 again</source>
        <translation>Remettre %1</translation>
    </message>
    <message>
        <source>Set %1 routes again</source>
        <translation>Remettre %1 routes</translation>
    </message>
    <message>
        <source>%1, %2, was left behind at step %3 of %4: the program that ran it has ended. An open console takes it back at %5, or once its routers answer, unless somebody decides before.</source>
        <translation>%1, %2, est resté à l’étape %3 sur %4 : le programme qui le menait a pris fin. Une console ouverte le ramène à %5, ou dès que ses routeurs répondent, sauf décision contraire avant.</translation>
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
        <source>%1, %2, stands on its way back, at step %3 of %4, paused by: %5. Resume it when that has changed, or stop it.</source>
        <translation>%1, %2, est arrêté sur le chemin du retour, à l’étape %3 sur %4, suspendu par : %5. Reprenez-le quand cela aura changé, ou arrêtez-le.</translation>
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
        <source>The GPU model that runs out first</source>
        <translation>Le modèle de GPU qui manque en premier</translation>
    </message>
    <message>
        <source>Lost now</source>
        <translation>Perdu maintenant</translation>
    </message>
    <message>
        <source>To place</source>
        <translation>À placer</translation>
    </message>
    <message>
        <source>Shed, GPUs</source>
        <translation>Délestés</translation>
    </message>
    <message>
        <source>First to break</source>
        <translation>Cède d&apos;abord</translation>
    </message>
    <message>
        <source>Cost/h</source>
        <translation>Coût/h</translation>
    </message>
    <message>
        <source>%1, %2 GPUs short</source>
        <translation>%1, il manque %2 GPU</translation>
    </message>
    <message>
        <source>Carried</source>
        <translation>Porté</translation>
    </message>
    <message>
        <source>%1 without ending anything, %2 once jobs on %3 GPUs have ended</source>
        <translation>%1 sans rien arrêter, %2 une fois arrêtés des travaux sur %3 GPU</translation>
    </message>
    <message>
        <source>GPUs of training and batch that would have to end to make room, as the evacuation beside says</source>
        <translation>GPU d’entraînement et de lots à arrêter pour faire de la place, comme le dit l’évacuation à côté</translation>
    </message>
    <message>
        <source>Dollars an hour that the interactive load that survives costs more than now</source>
        <translation>Dollars de l’heure que la charge interactive qui survit coûte de plus que maintenant</translation>
    </message>
    <message>
        <source>Evacuated by %1: nothing is sent there but by a person</source>
        <translation>Évacué par %1 : seule une personne peut y renvoyer de la charge</translation>
    </message>
    <message>
        <source>%1, evacuated by %2</source>
        <translation>%1, évacué par %2</translation>
    </message>
    <message>
        <source>Being evacuated by %1, which has not ended: nothing else is sent there</source>
        <translation>En cours d’évacuation par %1, qui n’est pas terminée : rien d’autre n’y est envoyé</translation>
    </message>
    <message>
        <source>%1, being evacuated by %2</source>
        <translation>%1, en cours d’évacuation par %2</translation>
    </message>
    <message>
        <source>Lost then</source>
        <translation>Perdu alors</translation>
    </message>
</context>
<context>
    <name>penstock::CapacityChart</name>
    <message>
        <source>80 % band</source>
        <translation>bande de 80 %</translation>
    </message>
    <message>
        <source>frozen</source>
        <translation>figé</translation>
    </message>
</context>
<context>
    <name>penstock::CapacityDrawing</name>
    <message>
        <source>capacity has run out</source>
        <translation>la capacité est épuisée</translation>
    </message>
    <message>
        <source>runs out %1</source>
        <translation>épuisement %1</translation>
    </message>
    <message>
        <source>%1, what-if</source>
        <translation>%1, hypothèse</translation>
    </message>
    <message>
        <source>with blocks</source>
        <translation>avec les blocs</translation>
    </message>
    <message>
        <source>%1 %2 at %3</source>
        <translation>%1 %2 chez %3</translation>
    </message>
    <message>
        <source>allocated</source>
        <translation>alloués</translation>
    </message>
    <message>
        <source>busy peak</source>
        <translation>pic occupé</translation>
    </message>
    <message>
        <source>supply</source>
        <translation>offre</translation>
    </message>
    <message>
        <source>demand</source>
        <translation>demande</translation>
    </message>
    <message>
        <source>demand told</source>
        <translation>demande prévue</translation>
    </message>
    <message>
        <source>load told</source>
        <translation>charge prévue</translation>
    </message>
    <message>
        <source>capacity</source>
        <translation>capacité</translation>
    </message>
    <message>
        <source>committed</source>
        <translation>engagés</translation>
    </message>
    <message>
        <source>with blocks: %1</source>
        <translation>avec les blocs : %1</translation>
    </message>
    <message>
        <source>Nothing was seen in this time. The console fills its history while it runs.</source>
        <translation>Rien n’a été vu pendant cette période. La console remplit son historique tant qu’elle tourne.</translation>
    </message>
    <message>
        <source>silent</source>
        <translation>muets</translation>
    </message>
    <message>
        <source>busy told</source>
        <translation>occupés prévus</translation>
    </message>
</context>
<context>
    <name>penstock::CapacityLink</name>
    <message>
        <source>The demo keeps no scenarios: open a workspace of your own.</source>
        <translation>La démo ne garde pas de scénarios : ouvrez un espace de travail à vous.</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exporter</translation>
    </message>
    <message>
        <source>Written into %1.</source>
        <translation>Écrit dans %1.</translation>
    </message>
    <message>
        <source>%1 cannot be written.</source>
        <translation>%1 ne peut pas être écrit.</translation>
    </message>
    <message>
        <source>Capacity report</source>
        <translation>Rapport de capacité</translation>
    </message>
    <message>
        <source>PDF files (*.pdf)</source>
        <translation>Fichiers PDF (*.pdf)</translation>
    </message>
    <message>
        <source>The next report won&apos;t know of this one: %1</source>
        <translation>Le prochain rapport ne saura rien de celui-ci : %1</translation>
    </message>
    <message>
        <source>The report is in %1.</source>
        <translation>Le rapport est dans %1.</translation>
    </message>
    <message>
        <source>What it costs is not known yet, or was of a moment that is past.</source>
        <translation>Le coût n’est pas encore connu, ou était celui d’un moment passé.</translation>
    </message>
    <message>
        <source>There is nothing to export yet.</source>
        <translation>Il n’y a encore rien à exporter.</translation>
    </message>
</context>
<context>
    <name>penstock::CapacityModel</name>
    <message>
        <source>now</source>
        <translation>maintenant</translation>
    </message>
    <message>
        <source>after %1</source>
        <translation>après le %1</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 au %2</translation>
    </message>
    <message>
        <source>from %1</source>
        <translation>dès le %1</translation>
    </message>
    <message>
        <source>%1 GPUs in the busiest second</source>
        <translation>%1 GPU à la seconde la plus chargée</translation>
    </message>
    <message>
        <source>What [[capacity]] of the workspace promises now</source>
        <translation>Ce que [[capacity]] de l’espace de travail promet maintenant</translation>
    </message>
    <message>
        <source>What reservations of the workspace hold now</source>
        <translation>Ce que les réservations de l’espace de travail gardent maintenant</translation>
    </message>
    <message>
        <source>The most that may be allocated, as the workspace says</source>
        <translation>Le plus qui puisse être alloué, selon l’espace de travail</translation>
    </message>
    <message>
        <source>The greatest share of supply that was busy in the time shown</source>
        <translation>La plus grande part de l’offre qui a été occupée pendant la période affichée</translation>
    </message>
    <message>
        <source>When demand exceeds capacity, most likely: committed where anything is, else what is there</source>
        <translation>Quand la demande dépassera la capacité, le plus probablement : celle qui est engagée s’il y en a, sinon celle qui est là</translation>
    </message>
    <message>
        <source>Eight in ten such dates fall in this range, by the back-tests</source>
        <translation>Huit dates sur dix tombent dans cet intervalle, d’après les tests sur le passé</translation>
    </message>
    <message>
        <source>Provider</source>
        <translation>Fournisseur</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modèle</translation>
    </message>
    <message>
        <source>Supply, GPUs</source>
        <translation>Offre, GPU</translation>
    </message>
    <message>
        <source>Committed</source>
        <translation>Engagés</translation>
    </message>
    <message>
        <source>Reserved</source>
        <translation>Réservés</translation>
    </message>
    <message>
        <source>Quota</source>
        <translation>Quota</translation>
    </message>
    <message>
        <source>Peak busy</source>
        <translation>Pic occupé</translation>
    </message>
    <message>
        <source>Runs out</source>
        <translation>Épuisement</translation>
    </message>
    <message>
        <source>80 % range</source>
        <translation>Intervalle 80 %</translation>
    </message>
    <message>
        <source>Cost/h</source>
        <translation>Coût/h</translation>
    </message>
    <message>
        <source>can&apos;t tell yet</source>
        <translation>pas encore connu</translation>
    </message>
    <message>
        <source>after %1 h more of history</source>
        <translation>après %1 h d’historique de plus</translation>
    </message>
    <message>
        <source>%1: %2 GPUs in all, of any state; %3 allocated to workloads</source>
        <translation>%1 : %2 GPU en tout, de tout état ; %3 alloués à des charges</translation>
    </message>
    <message>
        <source>Healthy GPUs: busy, idle or free</source>
        <translation>GPU en état : occupés, inactifs ou libres</translation>
    </message>
    <message>
        <source>How long nothing has been heard of them: what is shown is of then</source>
        <translation>Depuis quand on n’en sait plus rien : ce qui est affiché date d’alors</translation>
    </message>
    <message>
        <source>Age</source>
        <translation>Âge</translation>
    </message>
</context>
<context>
    <name>penstock::CapacityPage</name>
    <message>
        <source>each day at its busiest hour</source>
        <translation>chaque jour à son heure la plus chargée</translation>
    </message>
    <message>
        <source>Capacity</source>
        <translation>Capacité</translation>
    </message>
    <message>
        <source>Time shown</source>
        <translation>Période affichée</translation>
    </message>
    <message>
        <source>GPUs over time</source>
        <translation>GPU au fil du temps</translation>
    </message>
    <message>
        <source>Provider</source>
        <translation>Fournisseur</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>Région</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modèle</translation>
    </message>
    <message>
        <source>Workload</source>
        <translation>Charge</translation>
    </message>
    <message>
        <source>Bands by</source>
        <translation>Bandes par</translation>
    </message>
    <message>
        <source>Show only</source>
        <translation>Afficher seulement</translation>
    </message>
    <message>
        <source>Stacked</source>
        <translation>Empilé</translation>
    </message>
    <message>
        <source>Lines</source>
        <translation>Lignes</translation>
    </message>
    <message>
        <source>Shape of the chart</source>
        <translation>Forme du graphique</translation>
    </message>
    <message>
        <source>Capacity by provider and model</source>
        <translation>Capacité par fournisseur et modèle</translation>
    </message>
    <message>
        <source>All regions</source>
        <translation>Toutes les régions</translation>
    </message>
    <message>
        <source>All workloads</source>
        <translation>Toutes les charges</translation>
    </message>
    <message>
        <source>All models</source>
        <translation>Tous les modèles</translation>
    </message>
    <message>
        <source>All providers</source>
        <translation>Tous les fournisseurs</translation>
    </message>
    <message>
        <source>There is no history to show.</source>
        <translation>Il n’y a pas d’historique à afficher.</translation>
    </message>
    <message>
        <source>SIMULATED: some of this was simulated or replayed, and is no measurement of what was there.</source>
        <translation>SIMULÉ : une partie a été simulée ou rejouée et ne mesure rien de réel.</translation>
    </message>
    <message>
        <source>%1 pieces of the history could not be read, and are gaps.</source>
        <translation>%1 morceaux de l’historique n’ont pas pu être lus et sont des trous.</translation>
    </message>
    <message>
        <source>The forecast is being made.</source>
        <translation>La prévision est en cours.</translation>
    </message>
    <message>
        <source>Runs out</source>
        <translation>Épuisement</translation>
    </message>
    <message>
        <source>not known yet</source>
        <translation>pas encore connu</translation>
    </message>
    <message>
        <source>being told</source>
        <translation>en cours</translation>
    </message>
    <message>
        <source>Supply</source>
        <translation>Offre</translation>
    </message>
    <message>
        <source>Unmet demand</source>
        <translation>Demande non servie</translation>
    </message>
    <message>
        <source>no source tells demand</source>
        <translation>aucune source ne dit la demande</translation>
    </message>
    <message>
        <source>of %1 GPUs needed</source>
        <translation>sur %1 GPU demandés</translation>
    </message>
    <message>
        <source>1 fleet, %1 GPUs</source>
        <translation>1 flotte, %1 GPU</translation>
    </message>
    <message>
        <source>%1 fleets, %2 GPUs</source>
        <translation>%1 flottes, %2 GPU</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exporter</translation>
    </message>
    <message>
        <source>Chart as PNG…</source>
        <translation>Graphique en PNG…</translation>
    </message>
    <message>
        <source>Chart as SVG…</source>
        <translation>Graphique en SVG…</translation>
    </message>
    <message>
        <source>Table as CSV…</source>
        <translation>Tableau en CSV…</translation>
    </message>
    <message>
        <source>With blocks</source>
        <translation>Avec les blocs</translation>
    </message>
    <message>
        <source>%1/h</source>
        <translation>%1/h</translation>
    </message>
    <message>
        <source>%1 a day</source>
        <translation>%1 par jour</translation>
    </message>
    <message>
        <source>%1 GPUs</source>
        <translation>%1 GPU</translation>
    </message>
    <message>
        <source>everything</source>
        <translation>tout</translation>
    </message>
    <message>
        <source>As of %1. Source: %2.</source>
        <translation>Au %1. Source : %2.</translation>
    </message>
    <message>
        <source>Whole: nothing is missing.</source>
        <translation>Complet : rien ne manque.</translation>
    </message>
    <message>
        <source>Partial: %1.</source>
        <translation>Partiel : %1.</translation>
    </message>
    <message>
        <source>SIMULATED: no measurement of what was there.</source>
        <translation>SIMULÉ : ne mesure rien de réel.</translation>
    </message>
    <message>
        <source>Capacity, GPUs: %1, %2, %3</source>
        <translation>Capacité, GPU : %1, %2, %3</translation>
    </message>
    <message>
        <source>means of %1</source>
        <translation>moyennes sur %1</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>du %1 au %2</translation>
    </message>
    <message>
        <source>Writing…</source>
        <translation>Écriture…</translation>
    </message>
    <message>
        <source>Report…</source>
        <translation>Rapport…</translation>
    </message>
    <message>
        <source>A report tells of now. Return to live (L).</source>
        <translation>Un rapport dit ce qui est maintenant. Revenez au direct (L).</translation>
    </message>
    <message>
        <source>Figures, charts, forecast, cost and what changed since the last report, as a PDF</source>
        <translation>Chiffres, graphiques, prévision, coût et ce qui a changé depuis le dernier rapport, en PDF</translation>
    </message>
    <message>
        <source>Busy at peak in %1</source>
        <translation>Pic occupé sur %1</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>Coût</translation>
    </message>
    <message>
        <source>Cost of idle</source>
        <translation>Coût de l’inactivité</translation>
    </message>
    <message>
        <source>With what-if blocks that are not saved.</source>
        <translation>Avec des blocs hypothétiques qui ne sont pas enregistrés.</translation>
    </message>
    <message>
        <source>With the what-if scenario &quot;%1&quot;.</source>
        <translation>Avec le scénario hypothétique « %1 ».</translation>
    </message>
    <message>
        <source>Busy</source>
        <translation>Occupés</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>inconnu</translation>
    </message>
    <message>
        <source>nothing is known of %1</source>
        <translation>rien n’est connu de %1</translation>
    </message>
    <message>
        <source>%1 GPUs without a price</source>
        <translation>%1 GPU sans prix</translation>
    </message>
    <message>
        <source>Cost as CSV…</source>
        <translation>Coût en CSV…</translation>
    </message>
    <message>
        <source>Demand</source>
        <translation>Demande</translation>
    </message>
    <message>
        <source>Forecast of</source>
        <translation>Prévision de</translation>
    </message>
    <message>
        <source>being read</source>
        <translation>lecture en cours</translation>
    </message>
    <message>
        <source>%1 GPUs; of %2 nothing is known</source>
        <translation>%1 GPU ; on ne sait rien de %2 autres</translation>
    </message>
    <message>
        <source>nothing is heard of the GPUs</source>
        <translation>on ne sait rien des GPU</translation>
    </message>
</context>
<context>
    <name>penstock::CapacityPainter</name>
    <message>
        <source>now</source>
        <translation>maintenant</translation>
    </message>
</context>
<context>
    <name>penstock::CapacityPanel</name>
    <message>
        <source>%1/h</source>
        <translation>%1/h</translation>
    </message>
    <message>
        <source>no price</source>
        <translation>sans prix</translation>
    </message>
    <message>
        <source>Add block</source>
        <translation>Ajouter un bloc</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Enregistrer</translation>
    </message>
    <message>
        <source>name of the scenario</source>
        <translation>nom du scénario</translation>
    </message>
    <message>
        <source>Name of the scenario</source>
        <translation>Nom du scénario</translation>
    </message>
    <message>
        <source>What-if blocks</source>
        <translation>Blocs hypothétiques</translation>
    </message>
    <message>
        <source>Scenarios, and when each runs out</source>
        <translation>Scénarios, et épuisement de chacun</translation>
    </message>
    <message>
        <source>Below 0: they go</source>
        <translation>Sous 0 : ils partent</translation>
    </message>
    <message>
        <source>by the prices</source>
        <translation>selon les prix</translation>
    </message>
    <message>
        <source>GPUs</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modèle</translation>
    </message>
    <message>
        <source>At</source>
        <translation>Chez</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Dès le</translation>
    </message>
    <message>
        <source>A GPU-hour</source>
        <translation>L’heure de GPU</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Modifier</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Ajouter</translation>
    </message>
    <message>
        <source>How many GPUs come (above 0) or go (below 0)?</source>
        <translation>Combien de GPU arrivent (au-dessus de 0) ou partent (sous 0) ?</translation>
    </message>
    <message>
        <source>Which model?</source>
        <translation>Quel modèle ?</translation>
    </message>
    <message>
        <source>At which provider?</source>
        <translation>Chez quel fournisseur ?</translation>
    </message>
    <message>
        <source>Write the day as 2027-03-01.</source>
        <translation>Écrivez le jour ainsi : 2027-03-01.</translation>
    </message>
    <message>
        <source>until %1</source>
        <translation>jusqu’au %1</translation>
    </message>
    <message>
        <source>Remove this block</source>
        <translation>Retirer ce bloc</translation>
    </message>
    <message>
        <source>GPUs that may come or go, from a day on.</source>
        <translation>GPU qui pourraient arriver ou partir, à partir d’un jour.</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>without blocks</source>
        <translation>sans blocs</translation>
    </message>
    <message>
        <source>as shown, not saved</source>
        <translation>tel qu’affiché, non enregistré</translation>
    </message>
    <message>
        <source>Remove %1 from the workspace</source>
        <translation>Retirer %1 de l’espace de travail</translation>
    </message>
    <message>
        <source>unallocated</source>
        <translation>non alloués</translation>
    </message>
    <message>
        <source>of all, idle</source>
        <translation>dont inactifs</translation>
    </message>
    <message>
        <source>Cost by provider</source>
        <translation>Coût par fournisseur</translation>
    </message>
    <message>
        <source>all GPUs, per hour</source>
        <translation>tous les GPU, par heure</translation>
    </message>
    <message>
        <source>Cost by workload</source>
        <translation>Coût par charge</translation>
    </message>
    <message>
        <source>allocated, per hour</source>
        <translation>alloués, par heure</translation>
    </message>
    <message>
        <source>%1 %2/h, %3 a day, %4 a month: %5</source>
        <translation>%1 %2/h, %3 par jour, %4 par mois : %5</translation>
    </message>
    <message>
        <source>Rented</source>
        <translation>Loué</translation>
    </message>
    <message>
        <source>GPUs of any state × price.</source>
        <translation>GPU quel que soit leur état × prix.</translation>
    </message>
    <message>
        <source>Allocation cost</source>
        <translation>Coût d’allocation</translation>
    </message>
    <message>
        <source>(busy + idle + unknown that kept their workload) × price.</source>
        <translation>(occupés + inactifs + inconnus qui ont gardé leur charge) × prix.</translation>
    </message>
    <message>
        <source>Usage cost</source>
        <translation>Coût d’usage</translation>
    </message>
    <message>
        <source>busy × price.</source>
        <translation>occupés × prix.</translation>
    </message>
    <message>
        <source>%1 GPUs have no price and are in no figure.</source>
        <translation>%1 GPU sont sans prix et ne sont dans aucun chiffre.</translation>
    </message>
    <message>
        <source>No GPU has a price: add [[price]] to the workspace.</source>
        <translation>Aucun GPU n’a de prix : ajoutez [[price]] à l’espace de travail.</translation>
    </message>
    <message>
        <source>Unmet demand</source>
        <translation>Demande non servie</translation>
    </message>
    <message>
        <source>%1 GPUs pending, by reason</source>
        <translation>%1 GPU en attente, par raison</translation>
    </message>
    <message>
        <source>As of %1; a month is 730 hours. By %2.</source>
        <translation>Au %1 ; un mois compte 730 heures. Selon %2.</translation>
    </message>
    <message>
        <source>Of some GPUs nothing was heard since %1: they are rented, and what they do is not known.</source>
        <translation>De certains GPU on ne sait plus rien depuis le %1 : ils sont loués, et l’on ignore ce qu’ils font.</translation>
    </message>
    <message>
        <source>from %1</source>
        <translation>à partir du %1</translation>
    </message>
    <message>
        <source>Drag it on the chart, or click to edit</source>
        <translation>Faites-le glisser sur le graphique, ou cliquez pour le modifier</translation>
    </message>
    <message>
        <source>%1: no price for these GPUs: %2</source>
        <translation>%1 : ces GPU n’ont pas de prix : %2</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>inconnu</translation>
    </message>
    <message>
        <source>%1: nothing is heard of the GPUs: %2</source>
        <translation>%1 : on ne sait rien des GPU : %2</translation>
    </message>
    <message>
        <source>Of %1 GPUs nobody knows what they do: usage cost and cost of idle lack them.</source>
        <translation>Nul ne sait ce que font %1 GPU : ils manquent au coût d’usage et au coût des inactifs.</translation>
    </message>
</context>
<context>
    <name>penstock::CapacityPaper</name>
    <message>
        <source>unchanged</source>
        <translation>inchangé</translation>
    </message>
    <message>
        <source>%1 since the last report</source>
        <translation>%1 depuis le dernier rapport</translation>
    </message>
    <message>
        <source>Capacity report</source>
        <translation>Rapport de capacité</translation>
    </message>
    <message>
        <source>one moment, no history yet</source>
        <translation>un seul instant, pas encore d&apos;historique</translation>
    </message>
    <message>
        <source>the last %1, %2</source>
        <translation>%1 en arrière, %2</translation>
    </message>
    <message>
        <source>As of %1  ·  %2</source>
        <translation>Au %1  ·  %2</translation>
    </message>
    <message>
        <source>By provider</source>
        <translation>Par fournisseur</translation>
    </message>
    <message>
        <source>Demand is above capacity now</source>
        <translation>La demande dépasse la capacité</translation>
    </message>
    <message>
        <source>Capacity runs out on %1</source>
        <translation>La capacité s&apos;épuise le %1</translation>
    </message>
    <message>
        <source>Capacity lasts beyond %1</source>
        <translation>La capacité suffit au-delà du %1</translation>
    </message>
    <message>
        <source>It is not known yet when capacity runs out</source>
        <translation>On ne sait pas encore quand la capacité s&apos;épuise</translation>
    </message>
    <message>
        <source>Most likely, %1. Eight in ten such dates fall in this range, by back-tests.</source>
        <translation>Le plus probable, %1. Huit dates sur dix tombent dans cet intervalle, d&apos;après les tests rétrospectifs.</translation>
    </message>
    <message>
        <source>It may run out %1.</source>
        <translation>Elle peut s&apos;épuiser %1.</translation>
    </message>
    <message>
        <source>The forecast stays below capacity until then.</source>
        <translation>La prévision reste sous la capacité jusque-là.</translation>
    </message>
    <message>
        <source>Supply</source>
        <translation>Offre</translation>
    </message>
    <message>
        <source>Committed</source>
        <translation>Engagés</translation>
    </message>
    <message>
        <source>by contracts and reservations</source>
        <translation>par contrats et réservations</translation>
    </message>
    <message>
        <source>the workspace names none</source>
        <translation>l&apos;espace de travail n&apos;en nomme pas</translation>
    </message>
    <message>
        <source>Allocated</source>
        <translation>Alloués</translation>
    </message>
    <message>
        <source>%1 of supply</source>
        <translation>%1 de l’offre</translation>
    </message>
    <message>
        <source>Busy</source>
        <translation>Occupés</translation>
    </message>
    <message>
        <source>Unmet demand</source>
        <translation>Demande non servie</translation>
    </message>
    <message>
        <source>no source tells demand</source>
        <translation>aucune source ne dit la demande</translation>
    </message>
    <message>
        <source>of %1 GPUs needed</source>
        <translation>sur %1 GPU demandés</translation>
    </message>
    <message>
        <source>Cost a day</source>
        <translation>Coût par jour</translation>
    </message>
    <message>
        <source>all GPUs that are rented</source>
        <translation>tous les GPU loués</translation>
    </message>
    <message>
        <source>no GPU has a price</source>
        <translation>aucun GPU n&apos;a de prix</translation>
    </message>
    <message>
        <source>Cost a month</source>
        <translation>Coût par mois</translation>
    </message>
    <message>
        <source>730 hours</source>
        <translation>730 heures</translation>
    </message>
    <message>
        <source>Cost of idle a day</source>
        <translation>Coût d&apos;inactivité par jour</translation>
    </message>
    <message>
        <source>%1 GPUs allocated and idle</source>
        <translation>%1 GPU alloués et inactifs</translation>
    </message>
    <message>
        <source>Since the last report</source>
        <translation>Depuis le dernier rapport</translation>
    </message>
    <message>
        <source>This is the first report that is known here: there is no earlier one to compare with.</source>
        <translation>C&apos;est le premier rapport connu ici : il n&apos;y en a pas d&apos;antérieur à comparer.</translation>
    </message>
    <message>
        <source>Since the last report, %1</source>
        <translation>Depuis le dernier rapport, %1</translation>
    </message>
    <message>
        <source>That one was of simulated fleets: changes mean nothing.</source>
        <translation>Celui-là portait sur des flottes simulées : les changements ne veulent rien dire.</translation>
    </message>
    <message>
        <source>That one was of real fleets, and this one is not: changes mean nothing.</source>
        <translation>Celui-là portait sur de vraies flottes, celui-ci non : les changements ne veulent rien dire.</translation>
    </message>
    <message>
        <source>The date on which capacity runs out moved from %1 to %2.</source>
        <translation>L&apos;épuisement de la capacité passe du %1 au %2.</translation>
    </message>
    <message>
        <source>%1 at %2</source>
        <translation>%1 chez %2</translation>
    </message>
    <message>
        <source>%1 is new: %2 GPUs.</source>
        <translation>%1 est nouveau : %2 GPU.</translation>
    </message>
    <message>
        <source>%1 is gone: it had %2 GPUs.</source>
        <translation>%1 n&apos;est plus là : %2 GPU en moins.</translation>
    </message>
    <message>
        <source>Supply of %1: %2.</source>
        <translation>Offre de %1 : %2.</translation>
    </message>
    <message>
        <source>No supply came or went, and no date moved.</source>
        <translation>Aucune offre n&apos;est venue ni partie, et aucune date n&apos;a bougé.</translation>
    </message>
    <message>
        <source>All of it is under &quot;What changed&quot;.</source>
        <translation>Tout est sous « Ce qui a changé ».</translation>
    </message>
    <message>
        <source>Provider</source>
        <translation>Fournisseur</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modèle</translation>
    </message>
    <message>
        <source>Capacity, GPUs</source>
        <translation>Capacité, GPU</translation>
    </message>
    <message>
        <source>Runs out</source>
        <translation>Épuisement</translation>
    </message>
    <message>
        <source>80 % range</source>
        <translation>Intervalle 80 %</translation>
    </message>
    <message>
        <source>from now to the end of the forecast</source>
        <translation>de maintenant à la fin de la prévision</translation>
    </message>
    <message>
        <source>What runs out first</source>
        <translation>Ce qui s&apos;épuise d&apos;abord</translation>
    </message>
    <message>
        <source>%1 d</source>
        <translation>%1 j</translation>
    </message>
    <message>
        <source>%1 h</source>
        <translation>%1 h</translation>
    </message>
    <message>
        <source>answers in part: %1</source>
        <translation>répond en partie : %1</translation>
    </message>
    <message>
        <source>answers, but its data are stale</source>
        <translation>répond, mais ses données sont périmées</translation>
    </message>
    <message>
        <source>answers, whole</source>
        <translation>répond, complet</translation>
    </message>
    <message>
        <source>does not answer: %1</source>
        <translation>ne répond pas : %1</translation>
    </message>
    <message>
        <source>does not answer</source>
        <translation>ne répond pas</translation>
    </message>
    <message>
        <source>shown from the cache</source>
        <translation>montré du cache</translation>
    </message>
    <message>
        <source>simulated</source>
        <translation>simulé</translation>
    </message>
    <message>
        <source>Capacity report  ·  %1</source>
        <translation>Rapport de capacité  ·  %1</translation>
    </message>
    <message>
        <source>SIMULATED, PARTIAL</source>
        <translation>SIMULÉ, PARTIEL</translation>
    </message>
    <message>
        <source>SIMULATED</source>
        <translation>SIMULÉ</translation>
    </message>
    <message>
        <source>PARTIAL</source>
        <translation>PARTIEL</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 au %2</translation>
    </message>
    <message>
        <source>no hour is held yet</source>
        <translation>aucune heure n&apos;est encore gardée</translation>
    </message>
    <message>
        <source>%1 of %2 endpoints answer whole</source>
        <translation>%1 sur %2 points d&apos;accès répondent au complet</translation>
    </message>
    <message>
        <source>Whole: nothing is missing.</source>
        <translation>Complet : rien ne manque.</translation>
    </message>
    <message>
        <source>Partial: %1.</source>
        <translation>Partiel : %1.</translation>
    </message>
    <message>
        <source>SIMULATED: no measurement of what was there.</source>
        <translation>SIMULÉ : ne mesure rien de réel.</translation>
    </message>
    <message>
        <source>there is no history, so that only one moment is shown and nothing is told</source>
        <translation>il n&apos;y a pas d&apos;historique, un seul instant est montré et rien n&apos;est prévu</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>%1 GPUs have no price and cost nothing here</source>
        <translation>%1 GPU n&apos;ont pas de prix et ne coûtent rien ici</translation>
    </message>
    <message>
        <source>Supply, load and demand</source>
        <translation>Offre, charge et demande</translation>
    </message>
    <message>
        <source>GPUs over the last %1, %2. Bands are busy GPUs, stacked. Where nothing was seen there is a gap, never a zero; times are UTC.</source>
        <translation>GPU sur %1, %2. Les bandes sont les GPU occupés, empilés. Où rien n&apos;a été vu il y a un trou, jamais un zéro ; les heures sont en UTC.</translation>
    </message>
    <message>
        <source>By model</source>
        <translation>Par modèle</translation>
    </message>
    <message>
        <source>By workload</source>
        <translation>Par charge</translation>
    </message>
    <message>
        <source>Forecast</source>
        <translation>Prévision</translation>
    </message>
    <message>
        <source>GPUs that workloads ask for</source>
        <translation>des GPU que les charges demandent</translation>
    </message>
    <message>
        <source>allocated GPUs</source>
        <translation>des GPU alloués</translation>
    </message>
    <message>
        <source>Told of %1, by &quot;%2&quot;, from %3 hours of history.</source>
        <translation>Faite %1, par « %2 », sur %3 heures d&apos;historique.</translation>
    </message>
    <message>
        <source>Between them %1 hours are missing.</source>
        <translation>Entre elles %1 heures manquent.</translation>
    </message>
    <message>
        <source>The band should hold what comes eight times in ten; it is back-tested to %1 ahead, and widens beyond.</source>
        <translation>La bande doit contenir ce qui vient huit fois sur dix ; elle est testée jusqu&apos;à %1 d&apos;avance, et s&apos;élargit au-delà.</translation>
    </message>
    <message>
        <source>The model was no better than &quot;%1&quot; in back-tests, so that one is used.</source>
        <translation>Le modèle n&apos;a pas fait mieux que « %1 » aux tests rétrospectifs, c&apos;est donc celui-ci qui sert.</translation>
    </message>
    <message>
        <source>There is too little history to test it on.</source>
        <translation>Il y a trop peu d&apos;historique pour la tester.</translation>
    </message>
    <message>
        <source>How wrong it would have been on this history</source>
        <translation>Combien elle se serait trompée sur cet historique</translation>
    </message>
    <message>
        <source>How far ahead</source>
        <translation>À quelle avance</translation>
    </message>
    <message>
        <source>Hours compared</source>
        <translation>Heures comparées</translation>
    </message>
    <message>
        <source>Error of the model</source>
        <translation>Erreur du modèle</translation>
    </message>
    <message>
        <source>Error of &quot;%1&quot;</source>
        <translation>Erreur de « %1 »</translation>
    </message>
    <message>
        <source>MASE of the model</source>
        <translation>MASE du modèle</translation>
    </message>
    <message>
        <source>MASE of the naive one</source>
        <translation>MASE de la naïve</translation>
    </message>
    <message>
        <source>Held by the 80 % band</source>
        <translation>Tenus par la bande de 80 %</translation>
    </message>
    <message>
        <source>Errors are sMAPE, the better one bold; MASE is 1 where a forecast is as wrong as the step from one week to the next.</source>
        <translation>Les erreurs sont des sMAPE, la meilleure en gras ; MASE vaut 1 quand une prévision se trompe autant que le pas d&apos;une semaine à l&apos;autre.</translation>
    </message>
    <message>
        <source>When each provider and model runs out</source>
        <translation>Quand chaque fournisseur et modèle s&apos;épuise</translation>
    </message>
    <message>
        <source>Told of allocated GPUs, against what is committed, else against what is there now.</source>
        <translation>D&apos;après les GPU alloués, face à ce qui est engagé, sinon à ce qui est là.</translation>
    </message>
    <message>
        <source>all</source>
        <translation>tout</translation>
    </message>
    <message>
        <source>GPUs</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>Allocated of supply</source>
        <translation>Alloués de l&apos;offre</translation>
    </message>
    <message>
        <source>Busy of supply</source>
        <translation>Occupés de l&apos;offre</translation>
    </message>
    <message>
        <source>Capacity now</source>
        <translation>Capacité actuelle</translation>
    </message>
    <message>
        <source>No provider and model is known.</source>
        <translation>Aucun fournisseur ni modèle n&apos;est connu.</translation>
    </message>
    <message>
        <source>Reserved</source>
        <translation>Réservés</translation>
    </message>
    <message>
        <source>Quota</source>
        <translation>Quota</translation>
    </message>
    <message>
        <source>Peak busy</source>
        <translation>Pic occupé</translation>
    </message>
    <message>
        <source>Cost an hour</source>
        <translation>Coût par heure</translation>
    </message>
    <message>
        <source>By provider and model</source>
        <translation>Par fournisseur et modèle</translation>
    </message>
    <message>
        <source>no workload</source>
        <translation>aucune charge</translation>
    </message>
    <message>
        <source>Rented/h</source>
        <translation>Loué/h</translation>
    </message>
    <message>
        <source>Allocated/h</source>
        <translation>Alloué/h</translation>
    </message>
    <message>
        <source>Used/h</source>
        <translation>Utilisé/h</translation>
    </message>
    <message>
        <source>Idle/h</source>
        <translation>Inactif/h</translation>
    </message>
    <message>
        <source>Rented a day</source>
        <translation>Loué par jour</translation>
    </message>
    <message>
        <source>Rented a month</source>
        <translation>Loué par mois</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>Coût</translation>
    </message>
    <message>
        <source>No GPU has a price: add [[price]] to the workspace.</source>
        <translation>Aucun GPU n’a de prix : ajoutez [[price]] à l’espace de travail.</translation>
    </message>
    <message>
        <source>As of %1, by %2. A month is 730 hours.</source>
        <translation>Au %1, d&apos;après %2. Un mois fait 730 heures.</translation>
    </message>
    <message>
        <source>No endpoint told its GPUs: this is the newest history × the price of each provider and model, and workloads have no cost of their own.</source>
        <translation>Aucun point d&apos;accès n&apos;a dit ses GPU : c&apos;est le dernier historique × le prix de chaque fournisseur et modèle, et les charges n&apos;ont pas de coût propre.</translation>
    </message>
    <message>
        <source>Rented</source>
        <translation>Loué</translation>
    </message>
    <message>
        <source>GPUs of any state × price</source>
        <translation>GPU de tout état × prix</translation>
    </message>
    <message>
        <source>Allocation cost</source>
        <translation>Coût d’allocation</translation>
    </message>
    <message>
        <source>(busy + idle + unknown that kept their workload) × price</source>
        <translation>(occupés + inactifs + inconnus qui ont gardé leur charge) × prix</translation>
    </message>
    <message>
        <source>Usage cost</source>
        <translation>Coût d’usage</translation>
    </message>
    <message>
        <source>busy × price</source>
        <translation>occupés × prix</translation>
    </message>
    <message>
        <source>Cost of idle</source>
        <translation>Coût de l’inactivité</translation>
    </message>
    <message>
        <source>allocated and idle × price</source>
        <translation>alloués et inactifs × prix</translation>
    </message>
    <message>
        <source>Figure</source>
        <translation>Chiffre</translation>
    </message>
    <message>
        <source>Formula</source>
        <translation>Formule</translation>
    </message>
    <message>
        <source>An hour</source>
        <translation>Par heure</translation>
    </message>
    <message>
        <source>A day</source>
        <translation>Par jour</translation>
    </message>
    <message>
        <source>A month</source>
        <translation>Par mois</translation>
    </message>
    <message>
        <source>%1 GPUs have no price and are in no figure.</source>
        <translation>%1 GPU sont sans prix et ne sont dans aucun chiffre.</translation>
    </message>
    <message>
        <source>Workload</source>
        <translation>Charge</translation>
    </message>
    <message>
        <source>What changed</source>
        <translation>Ce qui a changé</translation>
    </message>
    <message>
        <source>Since the last report, of %1.</source>
        <translation>Depuis le dernier rapport, du %1.</translation>
    </message>
    <message>
        <source>now</source>
        <translation>maintenant</translation>
    </message>
    <message>
        <source>Cost of idle an hour</source>
        <translation>Coût d&apos;inactivité par heure</translation>
    </message>
    <message>
        <source>Of all</source>
        <translation>De tout</translation>
    </message>
    <message>
        <source>Then</source>
        <translation>Alors</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Maintenant</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Modifier</translation>
    </message>
    <message>
        <source>%1 (new)</source>
        <translation>%1 (nouveau)</translation>
    </message>
    <message>
        <source>%1 (gone)</source>
        <translation>%1 (parti)</translation>
    </message>
    <message>
        <source>Cost/h</source>
        <translation>Coût/h</translation>
    </message>
    <message>
        <source>Ran out, then</source>
        <translation>Épuisement alors</translation>
    </message>
    <message>
        <source>Runs out, now</source>
        <translation>Épuisement maintenant</translation>
    </message>
    <message>
        <source>Where this comes from</source>
        <translation>D&apos;où cela vient</translation>
    </message>
    <message>
        <source>Made %1 by Penstock %2 from the %3. All times and days are UTC.</source>
        <translation>Fait le %1 par Penstock %2, source : %3. Heures et jours sont en UTC.</translation>
    </message>
    <message>
        <source>The history holds %1 to %2.</source>
        <translation>L&apos;historique va du %1 au %2.</translation>
    </message>
    <message>
        <source>The history holds no hour yet.</source>
        <translation>L&apos;historique ne tient encore aucune heure.</translation>
    </message>
    <message>
        <source>SIMULATED: some of this was simulated or replayed, and is no measurement of what was there.</source>
        <translation>SIMULÉ : une partie a été simulée ou rejouée et ne mesure rien de réel.</translation>
    </message>
    <message>
        <source>What is missing</source>
        <translation>Ce qui manque</translation>
    </message>
    <message>
        <source>Nothing: every endpoint answered whole, and every step of the time shown was seen.</source>
        <translation>Rien : chaque point d&apos;accès a répondu au complet, et chaque pas du temps montré a été vu.</translation>
    </message>
    <message>
        <source>Endpoints</source>
        <translation>Points d’accès</translation>
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
        <source>State</source>
        <translation>État</translation>
    </message>
    <message>
        <source>Newest data</source>
        <translation>Dernières données</translation>
    </message>
    <message>
        <source>page %1 of %2</source>
        <translation>page %1 sur %2</translation>
    </message>
    <message>
        <source>%1 GPUs have no price</source>
        <translation>%1 GPU n&apos;ont pas de prix</translation>
    </message>
    <message>
        <source>730 hours, without those</source>
        <translation>730 heures, sans ceux-ci</translation>
    </message>
    <message>
        <source>The model: exponential smoothing with a daily and a weekly season and a trend, damped or linear (Taylor 2003, Gardner and McKenzie 1985, Holt 1957), the mean of the three variants that were best in back-tests.</source>
        <translation>Le modèle : lissage exponentiel à saisons journalière et hebdomadaire et à tendance, amortie ou linéaire (Taylor 2003, Gardner et McKenzie 1985, Holt 1957), la moyenne des trois variantes les meilleures aux tests rétrospectifs.</translation>
    </message>
    <message>
        <source>Committed now</source>
        <translation>Engagé à présent</translation>
    </message>
    <message>
        <source>peak: %1, %2, %3</source>
        <translation>pic : %1, %2, %3</translation>
    </message>
    <message>
        <source>Means of the %1 up to %2. Peak busy is the greatest share of a second in %3.</source>
        <translation>Moyennes des %1 jusqu’au %2. Le pic occupé est la plus grande part d’une seconde sur %3.</translation>
    </message>
    <message>
        <source>Supply is what is healthy: busy, idle or free.</source>
        <translation>L’offre est ce qui est en état : occupé, inactif ou libre.</translation>
    </message>
    <message>
        <source>nothing is heard of the GPUs</source>
        <translation>on ne sait rien des GPU</translation>
    </message>
    <message>
        <source>last seen %1</source>
        <translation>vu pour la dernière fois le %1</translation>
    </message>
    <message>
        <source>no endpoint told its GPUs, so that cost is that of the newest history, %1</source>
        <translation>aucun point d’accès n’a donné ses GPU : le coût est celui de l’historique le plus récent, %1</translation>
    </message>
    <message>
        <source>of some GPUs nothing was heard since %1: they cost what they did, and what they do is not known</source>
        <translation>de certains GPU on ne sait plus rien depuis le %1 : leur coût est compté, ce qu’ils font est inconnu</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>%1 (not seen)</source>
        <translation>%1 (non vu)</translation>
    </message>
    <message>
        <source>Capacity when it was last seen</source>
        <translation>Capacité vue pour la dernière fois</translation>
    </message>
    <message>
        <source>Of what has a time beside its name nothing is seen any more: its figures are of then, and are not in what all come to.</source>
        <translation>De ce qui porte une date à côté de son nom on ne voit plus rien : ses chiffres datent d’alors et ne comptent pas dans les totaux.</translation>
    </message>
    <message>
        <source>%1 GPUs without a price</source>
        <translation>%1 GPU sans prix</translation>
    </message>
    <message>
        <source>%1. All together: %2</source>
        <translation>%1. Tout ensemble : %2</translation>
    </message>
    <message>
        <source>The last report could not be read, so that there is nothing to compare with: %1</source>
        <translation>Le dernier rapport n’a pas pu être lu, il n’y a donc rien à comparer : %1</translation>
    </message>
    <message>
        <source>%1 GPUs; of %2 nothing is known</source>
        <translation>%1 GPU ; on ne sait rien de %2 autres</translation>
    </message>
    <message>
        <source>Of %1 GPUs nobody knows what they do: usage cost and cost of idle lack them.</source>
        <translation>Nul ne sait ce que font %1 GPU : ils manquent au coût d’usage et au coût des inactifs.</translation>
    </message>
</context>
<context>
    <name>penstock::CapacityReading</name>
    <message>
        <source>%1, busiest hour</source>
        <translation>%1, heure la plus chargée</translation>
    </message>
</context>
<context>
    <name>penstock::CapacityText</name>
    <message>
        <source>1 h</source>
        <translation>1 h</translation>
    </message>
    <message>
        <source>6 h</source>
        <translation>6 h</translation>
    </message>
    <message>
        <source>1 d</source>
        <translation>1 j</translation>
    </message>
    <message>
        <source>7 d</source>
        <translation>7 j</translation>
    </message>
    <message>
        <source>30 d</source>
        <translation>30 j</translation>
    </message>
    <message>
        <source>13 months</source>
        <translation>13 mois</translation>
    </message>
    <message>
        <source>means of 10 s</source>
        <translation>moyennes de 10 s</translation>
    </message>
    <message>
        <source>means of a minute</source>
        <translation>moyennes d’une minute</translation>
    </message>
    <message>
        <source>means of 5 min</source>
        <translation>moyennes de 5 min</translation>
    </message>
    <message>
        <source>means of 30 min</source>
        <translation>moyennes de 30 min</translation>
    </message>
    <message>
        <source>means of an hour</source>
        <translation>moyennes d’une heure</translation>
    </message>
    <message>
        <source>each day at its busiest hour</source>
        <translation>chaque jour à son heure la plus chargée</translation>
    </message>
    <message>
        <source>as now</source>
        <translation>comme maintenant</translation>
    </message>
    <message>
        <source>same as last week</source>
        <translation>comme la semaine dernière</translation>
    </message>
    <message>
        <source>the model</source>
        <translation>le modèle</translation>
    </message>
    <message>
        <source>Forecast: nothing of this is known yet.</source>
        <translation>Prévision : rien n’en est encore connu.</translation>
    </message>
    <message>
        <source>Forecast: %1 hours more of history are needed.</source>
        <translation>Prévision : il manque %1 heures d’historique.</translation>
    </message>
    <message>
        <source>Forecast with its 80 % band.</source>
        <translation>Prévision avec sa bande de 80 %.</translation>
    </message>
    <message>
        <source>Too little history to test it on.</source>
        <translation>Trop peu d’historique pour la tester.</translation>
    </message>
    <message>
        <source>Back-tested error %1, &quot;%2&quot; %3.</source>
        <translation>Erreur sur le passé %1, « %2 » %3.</translation>
    </message>
    <message>
        <source>No better than that, so &quot;%1&quot; is used.</source>
        <translation>Pas meilleure : « %1 » est donc utilisé.</translation>
    </message>
    <message>
        <source>demand is above capacity</source>
        <translation>la demande dépasse la capacité</translation>
    </message>
    <message>
        <source>not enough history to tell, %1 h more are needed</source>
        <translation>historique trop court, il manque %1 h</translation>
    </message>
    <message>
        <source>in %1 days, %2</source>
        <translation>dans %1 jours, %2</translation>
    </message>
    <message>
        <source>not within what is told</source>
        <translation>pas dans ce qui est prévu</translation>
    </message>
    <message>
        <source>history of this console</source>
        <translation>historique de cette console</translation>
    </message>
    <message>
        <source>history of %1</source>
        <translation>historique de %1</translation>
    </message>
    <message>
        <source>%1 of %2 steps were not seen</source>
        <translation>%1 pas sur %2 n’ont pas été vus</translation>
    </message>
    <message>
        <source>nothing was seen</source>
        <translation>rien n’a été vu</translation>
    </message>
    <message>
        <source>nothing was seen before %1</source>
        <translation>rien n’a été vu avant le %1</translation>
    </message>
    <message>
        <source>%1 pieces could not be read</source>
        <translation>%1 morceaux n’ont pas pu être lus</translation>
    </message>
    <message>
        <source>within a day, %1</source>
        <translation>d’ici un jour, %1</translation>
    </message>
    <message>
        <source>The likely line stays below capacity; the date is when the highest hour is likely above it.</source>
        <translation>La ligne probable reste sous la capacité ; la date est celle où l’heure la plus haute la dépasse probablement.</translation>
    </message>
    <message>
        <source>%1, %2 ago</source>
        <translation>%1, il y a %2</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>%1 now</source>
        <translation>%1 à présent</translation>
    </message>
    <message>
        <source>%1 of supply, %2</source>
        <translation>%1 de l’offre, %2</translation>
    </message>
    <message>
        <source>nothing was seen of %1 since %2</source>
        <translation>rien n’a été vu de %1 depuis le %2</translation>
    </message>
    <message>
        <source>nothing was seen of %1</source>
        <translation>rien n’a été vu de %1</translation>
    </message>
    <message>
        <source>nothing is seen any more of %1 of %2 providers and models</source>
        <translation>on ne voit plus rien de %1 fournisseurs et modèles sur %2</translation>
    </message>
    <message>
        <source>nothing was seen since %1</source>
        <translation>rien n’a été vu depuis le %1</translation>
    </message>
    <message>
        <source>of %1 GPUs, %2 silent</source>
        <translation>sur %1 GPU, dont %2 muets</translation>
    </message>
    <message>
        <source>of %1 GPUs</source>
        <translation>sur %1 GPU</translation>
    </message>
    <message>
        <source>%1 has run out already</source>
        <translation>%1 est déjà épuisé</translation>
    </message>
    <message>
        <source>%1 first: %2</source>
        <translation>d’abord %1 : %2</translation>
    </message>
    <message>
        <source>It runs out as %1 committed GPUs end.</source>
        <translation>La capacité s’épuise parce que %1 GPU engagés prennent fin.</translation>
    </message>
    <message>
        <source>up to %1 GPUs were silent between %2 and %3</source>
        <translation>jusqu’à %1 GPU sont restés muets entre %2 et %3</translation>
    </message>
    <message>
        <source>up to %1 GPUs were silent between %2 and %3 (%4)</source>
        <translation>jusqu’à %1 GPU sont restés muets entre %2 et %3 (%4)</translation>
    </message>
</context>
<context>
    <name>penstock::ChartBar</name>
    <message>
        <source>Show all of it again (0, or a double click)</source>
        <translation>Tout afficher à nouveau (0 ou double clic)</translation>
    </message>
    <message>
        <source>Time shown</source>
        <translation>Période affichée</translation>
    </message>
    <message>
        <source>FROZEN %1</source>
        <translation>FIGÉ %1</translation>
    </message>
    <message>
        <source>Go on, with what came meanwhile (Space)</source>
        <translation>Reprendre, avec ce qui est arrivé entre-temps (Espace)</translation>
    </message>
    <message>
        <source>Freeze the charts; what comes is kept (Space)</source>
        <translation>Figer les graphiques ; ce qui arrive est conservé (Espace)</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 au %2</translation>
    </message>
    <message>
        <source>last %1</source>
        <translation>depuis %1</translation>
    </message>
    <message>
        <source>least and greatest of each %1</source>
        <translation>minimum et maximum par %1</translation>
    </message>
    <message>
        <source>Save the chart as a picture</source>
        <translation>Enregistrer le graphique comme image</translation>
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
    <message>
        <source>
It lacks: %1</source>
        <translation>
Il lui manque : %1</translation>
    </message>
    <message>
        <source>Add endpoint</source>
        <translation>Ajouter un point d&apos;accès</translation>
    </message>
    <message>
        <source>Add an endpoint here, or as an [[endpoint]] of the workspace file.</source>
        <translation>Ajoutez un point d&apos;accès ici, ou comme [[endpoint]] du fichier d&apos;espace de travail.</translation>
    </message>
    <message>
        <source>Kind %1, version not known yet</source>
        <translation>Type %1, version pas encore connue</translation>
    </message>
    <message>
        <source>Kind %1, version %2</source>
        <translation>Type %1, version %2</translation>
    </message>
    <message>
        <source>; series: %1</source>
        <translation> ; séries : %1</translation>
    </message>
    <message>
        <source>
It lacks nothing that is looked for.</source>
        <translation>
Il ne manque rien de ce qui est cherché.</translation>
    </message>
    <message>
        <source>Targets that do not answer</source>
        <translation>Cibles qui ne répondent pas</translation>
    </message>
    <message>
        <source>Kind %1, %2</source>
        <translation>Type %1, %2</translation>
    </message>
    <message>
        <source>; schedulable: %1</source>
        <extracomment>What a cluster offers to pods: GPUs, shares of them and MIG instances.</extracomment>
        <translation> ; planifiables : %1</translation>
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
        <source>interactive carried</source>
        <translation>interactif porté</translation>
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
        <source>from %1, GPUs</source>
        <translation>de %1, GPU</translation>
    </message>
    <message>
        <source>to</source>
        <translation>vers</translation>
    </message>
    <message>
        <source>finds no place</source>
        <translation>ne trouve pas de place</translation>
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
        <source>Steps</source>
        <translation>Étapes</translation>
    </message>
    <message>
        <source>none</source>
        <translation>aucun</translation>
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
        <source> min</source>
        <translation> min</translation>
    </message>
    <message>
        <source>The override ends after</source>
        <translation>La dérogation prend fin après</translation>
    </message>
    <message>
        <source>Rehearse</source>
        <translation>Répéter</translation>
    </message>
    <message>
        <source>Every step on the real path, with nothing written, and a score</source>
        <translation>Chaque étape sur le vrai chemin, sans rien écrire, avec une note</translation>
    </message>
    <message>
        <source>Ask for approval</source>
        <translation>Demander l&apos;approbation</translation>
    </message>
    <message>
        <source>Keeps this plan, so that another operator can approve it by its hash</source>
        <translation>Garde ce plan pour qu&apos;un autre opérateur l&apos;approuve par son empreinte</translation>
    </message>
    <message>
        <source>Pause  P</source>
        <translation>Pause  P</translation>
    </message>
    <message>
        <source>Resume  P</source>
        <translation>Reprendre  P</translation>
    </message>
    <message>
        <source>Go back  B</source>
        <translation>Revenir  B</translation>
    </message>
    <message>
        <source>Stop here  S</source>
        <translation>Arrêter ici  S</translation>
    </message>
    <message>
        <source>The rehearsal passed: %1 of 100 in %2, expected %3. Nothing was written.</source>
        <translation>La répétition a réussi : %1 sur 100 en %2, prévu %3. Rien n&apos;a été écrit.</translation>
    </message>
    <message>
        <source>The rehearsal failed: %1 of 100 in %2, expected %3. Nothing was written.</source>
        <translation>La répétition a échoué : %1 sur 100 en %2, prévu %3. Rien n&apos;a été écrit.</translation>
    </message>
    <message>
        <source>This console is read-only.</source>
        <translation>Cette console est en lecture seule.</translation>
    </message>
    <message>
        <source>Nothing to move</source>
        <translation>Rien à déplacer</translation>
    </message>
    <message>
        <source>I override %1, for</source>
        <translation>J&apos;outrepasse %1, pendant</translation>
    </message>
    <message>
        <source>cost/h, no prices</source>
        <translation>coût/h, sans prix</translation>
    </message>
    <message>
        <source>cost/h, some unpriced</source>
        <translation>coût/h, en partie sans prix</translation>
    </message>
    <message>
        <source>cost/h</source>
        <translation>coût/h</translation>
    </message>
    <message>
        <source>GPUs needed (of placeable)</source>
        <translation>GPU requis (sur plaçables)</translation>
    </message>
    <message>
        <source>No route has load there: nothing is left to move.</source>
        <translation>Aucune route n&apos;y a de charge : il ne reste rien à déplacer.</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 sur %2</translation>
    </message>
    <message>
        <source>%1 GPUs of %2 find no place and stop: %3</source>
        <translation>%1 GPU de %2 ne trouvent pas de place et s&apos;arrêtent : %3</translation>
    </message>
    <message>
        <source>one, then the routers are read back. Way back: %1</source>
        <translation>une, puis les routeurs sont relus. Retour : %1</translation>
    </message>
    <message>
        <source>%1, each read back before the next. Way back: %2</source>
        <translation>%1, chacune relue avant la suivante. Retour : %2</translation>
    </message>
    <message>
        <source>Raise receivers</source>
        <translation>Monter les receveurs</translation>
    </message>
    <message>
        <source> (points)</source>
        <translation> (points)</translation>
    </message>
    <message>
        <source>Drain %1</source>
        <translation>Vider %1</translation>
    </message>
    <message>
        <source>Read back</source>
        <translation>Relire</translation>
    </message>
    <message>
        <source>observed 0 at %1</source>
        <translation>0 observé à %1</translation>
    </message>
    <message>
        <source>GPUs</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>&lt;span style=&quot;font-weight:600; color:%1&quot;&gt;Moves load of %2 GPUs, %3 of them interactive.&lt;/span&gt; Type the target and say why to arm the button.</source>
        <translation>&lt;span style=&quot;font-weight:600; color:%1&quot;&gt;Déplace la charge de %2 GPU, dont %3 interactifs.&lt;/span&gt; Saisissez la cible et le motif pour armer le bouton.</translation>
    </message>
    <message>
        <source>GPUs leave</source>
        <translation>GPU partent</translation>
    </message>
    <message>
        <source>no place</source>
        <translation>sans place</translation>
    </message>
    <message>
        <source>Without stopping jobs %1 of all interactive load is carried.</source>
        <translation>Sans arrêter de travaux, %1 de toute la charge interactive est porté.</translation>
    </message>
    <message>
        <source>cost/h, list prices</source>
        <translation>coût/h, prix publics</translation>
    </message>
    <message>
        <source>Plan the way back</source>
        <translation>Planifier le retour</translation>
    </message>
    <message>
        <source>I override these %1 rules, for</source>
        <translation>Je passe outre ces %1 règles, pendant</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Its record stays in the audit log</source>
        <translation>Sa trace reste dans le journal d’audit</translation>
    </message>
    <message>
        <source>%1 stays: nobody else can take it, or its router would not let it go.</source>
        <translation>%1 reste : personne d&apos;autre ne peut l&apos;accueillir, ou son routeur ne le laisserait pas partir.</translation>
    </message>
    <message>
        <source>Not live</source>
        <translation>Pas en direct</translation>
    </message>
    <message>
        <source>the router of %1 has undone %2 (%3). It has %4, not %5.</source>
        <translation>le routeur de %1 a défait %2 (%3). Il a %4, pas %5.</translation>
    </message>
    <message>
        <source>it does not say why</source>
        <translation>il ne dit pas pourquoi</translation>
    </message>
    <message>
        <source>%1 takes requests again: %2</source>
        <translation>%1 reçoit de nouveau des requêtes : %2</translation>
    </message>
    <message>
        <source>no route to move</source>
        <translation>aucune route à déplacer</translation>
    </message>
    <message>
        <source>Fits once %1 GPUs of %2 have ended, which is for you to do: %3</source>
        <translation>Tient une fois terminés %1 GPU de %2, ce qui vous revient : %3</translation>
    </message>
    <message>
        <source>You end jobs</source>
        <translation>Vous terminez</translation>
    </message>
    <message>
        <source>what is left to move</source>
        <translation>ce qui reste à déplacer</translation>
    </message>
    <message>
        <source>The weights of %1 could not be read; its row on the Load page says why.</source>
        <translation>Les poids de %1 n’ont pas pu être lus ; sa ligne sur la page Charge dit pourquoi.</translation>
    </message>
    <message>
        <source>what its fleets still hold</source>
        <translation>ce que ses flottes tiennent encore</translation>
    </message>
    <message>
        <source>carried, with shedding</source>
        <translation>porté, en délestant</translation>
    </message>
    <message>
        <source>cost/h, less what ends</source>
        <translation>coût/h, sans ce qui cesse</translation>
    </message>
    <message>
        <source>a part stays</source>
        <translation>une partie reste</translation>
    </message>
    <message>
        <source>What %1 GPUs carry here takes %2 there, by the performance of the models and in whole replicas.</source>
        <translation>Ce que %1 GPU portent ici en demande %2 là-bas, selon la performance des modèles et en répliques entières.</translation>
    </message>
    <message>
        <source>GPUs by provider</source>
        <translation>GPU par fournisseur</translation>
    </message>
    <message>
        <source>allocated, then</source>
        <translation>alloués, puis</translation>
    </message>
    <message>
        <source>cost/h of what moves, then</source>
        <translation>coût/h de ce qui bouge, puis</translation>
    </message>
    <message>
        <source>%1, then %2</source>
        <translation>%1, puis %2</translation>
    </message>
    <message>
        <source>a part finds no place</source>
        <translation>une partie ne trouve pas de place</translation>
    </message>
    <message>
        <source>%1 GPUs of %2 at %3, %4 replica</source>
        <translation>%1 GPU de %2 à %3, %4 réplique</translation>
    </message>
</context>
<context>
    <name>penstock::EventList</name>
    <message>
        <source>What happened</source>
        <translation>Ce qui s’est passé</translation>
    </message>
    <message>
        <source>to single GPUs in the day before</source>
        <translation>à des GPU isolés dans les 24 h précédentes</translation>
    </message>
    <message>
        <source>nothing to single GPUs in the day before</source>
        <translation>rien à des GPU isolés dans les 24 h précédentes</translation>
    </message>
</context>
<context>
    <name>penstock::EventModel</name>
    <message>
        <source>in service again (%1)</source>
        <translation>de nouveau en service (%1)</translation>
    </message>
    <message>
        <source>lost: %1 is silent</source>
        <translation>perdus : %1 est muet</translation>
    </message>
    <message>
        <source>lost</source>
        <translation>perdus</translation>
    </message>
    <message>
        <source>heard of again</source>
        <translation>de nouveau entendus</translation>
    </message>
    <message>
        <source>%1 lets go</source>
        <translation>%1 les libère</translation>
    </message>
    <message>
        <source>%1 takes them</source>
        <translation>%1 les prend</translation>
    </message>
    <message>
        <source>%1 takes them from %2</source>
        <translation>%1 les prend à %2</translation>
    </message>
    <message>
        <source>gone from the inventory</source>
        <translation>sortis de l’inventaire</translation>
    </message>
    <message>
        <source>new in the inventory</source>
        <translation>nouveaux dans l’inventaire</translation>
    </message>
    <message>
        <source>%1 GPUs: %2 (%3)</source>
        <translation>%1 GPU : %2 (%3)</translation>
    </message>
    <message>
        <source>At (UTC)</source>
        <translation>À (UTC)</translation>
    </message>
    <message>
        <source>Event</source>
        <translation>Événement</translation>
    </message>
    <message>
        <source>GPUs</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Où</translation>
    </message>
</context>
<context>
    <name>penstock::FailingModel</name>
    <message>
        <source>last answered %1 ago</source>
        <translation>dernière réponse il y a %1</translation>
    </message>
    <message>
        <source>never answered</source>
        <translation>jamais de réponse</translation>
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
        <source>Interactive load carried if each provider is lost</source>
        <translation>Charge interactive portée si chaque fournisseur est perdu</translation>
    </message>
    <message>
        <source>recomputed %1 ago</source>
        <translation>recalculé il y a %1</translation>
    </message>
    <message>
        <source>%1 A source older than %2 s counts as zero capacity. Interactive workloads without a route cannot move: their load counts as lost.</source>
        <translation>%1 Une source plus vieille que %2 s compte pour une capacité nulle. Les charges interactives sans route ne peuvent pas bouger : leur charge compte comme perdue.</translation>
    </message>
    <message>
        <source>From one endpoint.</source>
        <translation>D&apos;un point d&apos;accès.</translation>
    </message>
    <message>
        <source>From %1 endpoints.</source>
        <translation>De %1 points d&apos;accès.</translation>
    </message>
    <message>
        <source>recovered in %1</source>
        <translation>rétabli en %1</translation>
    </message>
    <message>
        <source>Last drill: &lt;span style=&quot;font-weight:600&quot;&gt;%1&lt;/span&gt;, %2, %3</source>
        <translation>Dernier exercice : &lt;span style=&quot;font-weight:600&quot;&gt;%1&lt;/span&gt;, %2, %3</translation>
    </message>
    <message>
        <source>Last failover: &lt;span style=&quot;font-weight:600&quot;&gt;%1&lt;/span&gt;, %2, %3</source>
        <translation>Dernière bascule : &lt;span style=&quot;font-weight:600&quot;&gt;%1&lt;/span&gt;, %2, %3</translation>
    </message>
    <message>
        <source>&lt;span style=&quot;font-weight:600&quot;&gt;%1&lt;/span&gt; of %2 is approved.</source>
        <translation>&lt;span style=&quot;font-weight:600&quot;&gt;%1&lt;/span&gt; de %2 est approuvé.</translation>
    </message>
    <message>
        <source>&lt;span style=&quot;font-weight:600&quot;&gt;%1&lt;/span&gt; waits for a second person, asked by %2: %3. Hash %4</source>
        <translation>&lt;span style=&quot;font-weight:600&quot;&gt;%1&lt;/span&gt; attend une seconde personne, demandé par %2 : %3. Empreinte %4</translation>
    </message>
    <message>
        <source>Approve</source>
        <translation>Approuver</translation>
    </message>
    <message>
        <source>Costs by %1.</source>
        <translation>Coûts : %1.</translation>
    </message>
    <message>
        <source>It is blocked now: %1</source>
        <translation>Il est bloqué en ce moment : %1</translation>
    </message>
    <message>
        <source>%1, has returned since</source>
        <translation>%1, revenue depuis</translation>
    </message>
    <message>
        <source>%1, undone since</source>
        <translation>%1, défait depuis</translation>
    </message>
    <message>
        <source>%1 of 100 in %2</source>
        <translation>%1 sur 100 en %2</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>échoué</translation>
    </message>
    <message>
        <source>% of interactive load, last hour</source>
        <translation>% de la charge interactive, dernière heure</translation>
    </message>
    <message>
        <source>%1, % of interactive load</source>
        <translation>%1, % de la charge interactive</translation>
    </message>
    <message>
        <source>evacuated</source>
        <translation>évacué</translation>
    </message>
    <message>
        <source>What an evacuation does is planned from now: return to live (L) to see it.</source>
        <translation>Ce que fait une évacuation se planifie à partir de maintenant : revenez au direct (L) pour le voir.</translation>
    </message>
    <message>
        <source>at %1</source>
        <translation>à %1</translation>
    </message>
    <message>
        <source>What would have been carried then is not known.</source>
        <translation>Ce qui aurait été servi alors n’est pas connu.</translation>
    </message>
    <message>
        <source>Of the past the share of interactive load that would have been carried is kept.</source>
        <translation>Du passé est conservée la part de la charge interactive qui aurait été servie.</translation>
    </message>
    <message>
        <source>Evacuation</source>
        <translation>Évacuation</translation>
    </message>
    <message>
        <source>if lost then, what would have survived</source>
        <translation>perdu alors, ce qui aurait survécu</translation>
    </message>
    <message>
        <source>evacuating</source>
        <translation>en évacuation</translation>
    </message>
</context>
<context>
    <name>penstock::FigureStrip</name>
    <message>
        <source>Key figures</source>
        <translation>Chiffres clés</translation>
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
    <message>
        <source>not known</source>
        <translation>inconnu</translation>
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
    <message>
        <source>15 min to %1</source>
        <translation>15 min jusqu’à %1</translation>
    </message>
    <message>
        <source>Busy GPUs over time</source>
        <translation>GPU occupés au fil du temps</translation>
    </message>
    <message>
        <source>15 min</source>
        <translation>15 min</translation>
    </message>
    <message>
        <source>2 h</source>
        <translation>2 h</translation>
    </message>
    <message>
        <source>1 d</source>
        <translation>1 j</translation>
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
    <message>
        <source>LATE %1</source>
        <translation>EN RETARD %1</translation>
    </message>
    <message>
        <source>NOT LIVE  %1, %2 ago</source>
        <translation>PAS EN DIRECT  %1, il y a %2</translation>
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
    <message>
        <source>use unknown</source>
        <translation>usage inconnu</translation>
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
    <message>
        <source>no workload</source>
        <extracomment>of a cell of the heatmap: it is busy, and what the colours stand for is not known of it</extracomment>
        <translation>aucune charge</translation>
    </message>
    <message>
        <source>no data</source>
        <translation>non mesuré</translation>
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
    <message>
        <source>%1 GPUs, 1 node</source>
        <translation>%1 GPU, 1 nœud</translation>
    </message>
    <message>
        <source>unknown over 10 min</source>
        <translation>inconnus depuis plus de 10 min</translation>
    </message>
    <message>
        <source>state known of %1 of %2</source>
        <translation>état connu pour %1 sur %2</translation>
    </message>
    <message>
        <source>mean %1</source>
        <translation>moyenne %1</translation>
    </message>
    <message>
        <source>as it was at %1</source>
        <translation>tel qu’à %1</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>inconnu</translation>
    </message>
    <message>
        <source>not known: no endpoint has answered yet</source>
        <translation>inconnu : aucun point d’accès n’a encore répondu</translation>
    </message>
    <message>
        <source>%1 schedulable</source>
        <translation>%1 planifiables</translation>
    </message>
    <message>
        <source>schedulable</source>
        <extracomment>What a cluster offers to pods: GPUs, shares of them and MIG instances.</extracomment>
        <translation>planifiables</translation>
    </message>
</context>
<context>
    <name>penstock::LoadLink</name>
    <message>
        <source>Rehearsal %1 has started: nothing is written.</source>
        <translation>La répétition %1 a commencé : rien n&apos;est écrit.</translation>
    </message>
    <message>
        <source>Plan %1 waits for a second person: penstockctl approve %1</source>
        <translation>Le plan %1 attend une seconde personne : penstockctl approve %1</translation>
    </message>
    <message>
        <source>Shift %1 has started.</source>
        <translation>Le transfert %1 a commencé.</translation>
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
        <source>Filter routes</source>
        <translation>Filtrer les routes</translation>
    </message>
    <message>
        <source>% of requests</source>
        <translation>% des requêtes</translation>
    </message>
    <message>
        <source>% of allocated GPUs</source>
        <translation>% des GPU alloués</translation>
    </message>
    <message>
        <source>%1, 15 min to %2</source>
        <translation>%1, 15 min jusqu’à %2</translation>
    </message>
    <message>
        <source>%1, last 15 min</source>
        <translation>%1, 15 dernières min</translation>
    </message>
    <message>
        <source>15 min</source>
        <translation>15 min</translation>
    </message>
    <message>
        <source>2 h</source>
        <translation>2 h</translation>
    </message>
    <message>
        <source>1 d</source>
        <translation>1 j</translation>
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
    <message>
        <source>no reason yet</source>
        <translation>pas encore de motif</translation>
    </message>
    <message>
        <source>rehearsal</source>
        <translation>répétition</translation>
    </message>
    <message>
        <source>Rehearsal %1 runs, nothing is written.</source>
        <translation>La répétition %1 tourne, rien n&apos;est écrit.</translation>
    </message>
    <message>
        <source>The plan is kept. Another operator approves it here or with: penstockctl approve %1</source>
        <translation>Le plan est gardé. Un autre opérateur l&apos;approuve ici ou par : penstockctl approve %1</translation>
    </message>
    <message>
        <source>Approved.</source>
        <translation>Approuvé.</translation>
    </message>
    <message>
        <source>The way back of %1, as a new plan: nothing was sent.</source>
        <translation>Le retour de %1, comme nouveau plan : rien n’a été envoyé.</translation>
    </message>
    <message>
        <source>Saved in %1. A shift runs here, so it is opened at the next start.</source>
        <translation>Enregistré dans %1. Un transfert est en cours ici : il sera ouvert au prochain démarrage.</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Ajouter</translation>
    </message>
    <message>
        <source>an endpoint</source>
        <translation>un point d&apos;accès</translation>
    </message>
    <message>
        <source>looks at it first</source>
        <translation>le regarde d&apos;abord</translation>
    </message>
    <message>
        <source>the GPUs that need a look, or go back</source>
        <translation>les GPU à examiner, ou revenir</translation>
    </message>
    <message>
        <source>unhealthy, silent, slowed down</source>
        <translation>en panne, muets, ralentis</translation>
    </message>
    <message>
        <source>nobody</source>
        <translation>personne</translation>
    </message>
    <message>
        <source>%1 %2 to %3 %</source>
        <translation>%1 de %2 à %3 %</translation>
    </message>
    <message>
        <source>Needs %1 GPUs; load on %2 GPUs ends.</source>
        <translation>Il faut %1 GPU ; la charge de %2 GPU prend fin.</translation>
    </message>
    <message>
        <source>Needs %1 GPUs.</source>
        <translation>Il faut %1 GPU.</translation>
    </message>
    <message>
        <source>Overrides %1 until %2: %3</source>
        <translation>Passe outre %1 jusqu’à %2 : %3</translation>
    </message>
    <message>
        <source>Capacity</source>
        <translation>Capacité</translation>
    </message>
    <message>
        <source>Not live: nothing can be started from the past. Return to live (L).</source>
        <translation>Pas en direct : rien ne peut être lancé depuis le passé. Revenez au direct (L).</translation>
    </message>
    <message>
        <source>This page shows now: what it showed then is not kept.</source>
        <translation>Cette page montre le présent : ce qu’elle montrait alors n’est pas conservé.</translation>
    </message>
    <message>
        <source>The history cannot be read: %1</source>
        <translation>L’historique ne peut pas être lu : %1</translation>
    </message>
    <message>
        <source>Nothing is known of %1: no console ran, or no endpoint answered.</source>
        <translation>Rien n’est connu de %1 : aucune console ne tournait, ou aucun point d’accès ne répondait.</translation>
    </message>
    <message>
        <source>Return</source>
        <translation>Revenir</translation>
    </message>
    <message>
        <source>to live</source>
        <translation>au direct</translation>
    </message>
    <message>
        <source>10 minutes</source>
        <translation>10 minutes</translation>
    </message>
    <message>
        <source>1 hour</source>
        <translation>1 heure</translation>
    </message>
    <message>
        <source>1 day</source>
        <translation>1 jour</translation>
    </message>
    <message>
        <source>Look back</source>
        <translation>Regarder en arrière</translation>
    </message>
    <message>
        <source>the whole window, not live</source>
        <translation>toute la fenêtre, pas en direct</translation>
    </message>
    <message>
        <source>These are points of %1: seconds are not kept as long, or never were.</source>
        <translation>Ce sont des points de %1 : les secondes ne sont pas gardées si longtemps, ou ne l’ont jamais été.</translation>
    </message>
    <message>
        <source>this console</source>
        <translation>cette console</translation>
    </message>
    <message>
        <source>history of %1</source>
        <translation>historique de %1</translation>
    </message>
    <message>
        <source>nothing is known of that moment</source>
        <translation>rien n’est connu de ce moment</translation>
    </message>
    <message>
        <source>%1 does not answer</source>
        <translation>%1 ne répond pas</translation>
    </message>
    <message>
        <source>%1 answers in part</source>
        <translation>%1 répond en partie</translation>
    </message>
    <message>
        <source>%1 has not been heard of yet</source>
        <translation>rien n’a encore été reçu de %1</translation>
    </message>
    <message>
        <source>%1, live</source>
        <translation>%1, en direct</translation>
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
    <name>penstock::PlanPicture</name>
    <message>
        <source>%1 %2 to %3</source>
        <translation>%1 %2 à %3</translation>
    </message>
    <message>
        <source>%1 to %2 %</source>
        <translation>%1 à %2 %</translation>
    </message>
    <message>
        <source>, cap %1 %</source>
        <translation>, plafond %1 %</translation>
    </message>
    <message>
        <source>%1 more places</source>
        <translation>%1 autres emplacements</translation>
    </message>
    <message>
        <source>%1 old: counts as 0</source>
        <translation>âgé de %1 : compte pour 0</translation>
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
        <source>Fit</source>
        <translation>Place</translation>
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
        <source>No target needs more GPUs or gives any back.</source>
        <translation>Aucune cible ne demande ni ne rend de GPU.</translation>
    </message>
    <message>
        <source>after</source>
        <translation>après</translation>
    </message>
    <message>
        <source>change</source>
        <translation>écart</translation>
    </message>
    <message>
        <source>Breaks first: %1</source>
        <translation>Cède d&apos;abord : %1</translation>
    </message>
    <message>
        <source>Would break next: %1</source>
        <translation>Céderait ensuite : %1</translation>
    </message>
    <message>
        <source>at %1 % of this change</source>
        <translation>à %1 % de ce changement</translation>
    </message>
    <message>
        <source>at %1 times this change</source>
        <translation>à %1 fois ce changement</translation>
    </message>
    <message>
        <source>far from here</source>
        <translation>loin d&apos;ici</translation>
    </message>
    <message>
        <source> (overridden by %1: %2)</source>
        <translation> (outrepassé par %1 : %2)</translation>
    </message>
    <message>
        <source>step %1, %2 %</source>
        <translation>étape %1, %2 %</translation>
    </message>
    <message>
        <source>%1 needed</source>
        <translation>%1 requis</translation>
    </message>
    <message>
        <source>%1 short</source>
        <translation>%1 manquants</translation>
    </message>
    <message>
        <source>fits</source>
        <translation>tient</translation>
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
        <source>%1 pass, %2 noted, %3 block</source>
        <translation>%1 passent, %2 notés, %3 bloquent</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>Masquer</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Afficher</translation>
    </message>
    <message>
        <source>%1 pass</source>
        <translation>%1 passent</translation>
    </message>
    <message>
        <source>%1 pass: %2</source>
        <translation>%1 passent : %2</translation>
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
        <source>1 step, receivers are raised first, about %1</source>
        <translation>1 étape, les receveurs montent d&apos;abord, environ %1</translation>
    </message>
    <message>
        <source>%1 steps, receivers are raised first, about %2</source>
        <translation>%1 étapes, les receveurs montent d&apos;abord, environ %2</translation>
    </message>
    <message>
        <source>now</source>
        <translation>actuel</translation>
    </message>
    <message>
        <source>From above: %1</source>
        <translation>De haut en bas : %1</translation>
    </message>
    <message>
        <source>Way back: 1 step, judged again before each step.</source>
        <translation>Retour : 1 étape, rejugée avant chaque étape.</translation>
    </message>
    <message>
        <source>Way back: %1 steps, judged again before each step.</source>
        <translation>Retour : %1 étapes, rejugées avant chaque étape.</translation>
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
        <source>turned</source>
        <translation>demi-tour</translation>
    </message>
    <message>
        <source>before</source>
        <translation>avant</translation>
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
        <source>Observed on the last %1 requests; under %2 they say nothing.</source>
        <translation>Observé sur les %1 dernières requêtes ; au-dessous de %2 elles ne disent rien.</translation>
    </message>
    <message>
        <source>Observed: shares of the workload&apos;s allocated GPUs.</source>
        <translation>Observé : parts des GPU alloués à la charge.</translation>
    </message>
    <message>
        <source>Cost/h before</source>
        <translation>Coût/h avant</translation>
    </message>
    <message>
        <source>no prices for these GPUs</source>
        <translation>aucun prix pour ces GPU</translation>
    </message>
    <message>
        <source>%1; %2 GPUs have none</source>
        <translation>%1 ; %2 GPU n’en ont pas</translation>
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
        <source>nothing to do</source>
        <translation>rien à faire</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Aperçu</translation>
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
        <source>%1: needs %2 GPUs, %3 placeable</source>
        <translation>%1 : requiert %2 GPU, %3 plaçables</translation>
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
        <source>fits</source>
        <translation>tient</translation>
    </message>
    <message>
        <source> min</source>
        <translation> min</translation>
    </message>
    <message>
        <source>Return after</source>
        <translation>Retour après</translation>
    </message>
    <message>
        <source>return after </source>
        <translation>retour après </translation>
    </message>
    <message>
        <source>does not return by itself</source>
        <translation>ne revient pas de lui-même</translation>
    </message>
    <message>
        <source> h</source>
        <translation> h</translation>
    </message>
    <message>
        <source>End of the override</source>
        <translation>Fin de la dérogation</translation>
    </message>
    <message>
        <source>ends in </source>
        <translation>finit dans </translation>
    </message>
    <message>
        <source>Return when a guard breaks</source>
        <translation>Revenir si une garde est rompue</translation>
    </message>
    <message>
        <source>Without it a broken guard pauses the shift.</source>
        <translation>Sinon, une garde rompue met le transfert en pause.</translation>
    </message>
    <message>
        <source>Ask for approval</source>
        <translation>Demander l&apos;approbation</translation>
    </message>
    <message>
        <source>Override</source>
        <translation>Déroger</translation>
    </message>
    <message>
        <source>Rehearse</source>
        <translation>Répéter</translation>
    </message>
    <message>
        <source>Pause  P</source>
        <translation>Pause  P</translation>
    </message>
    <message>
        <source>Resume  P</source>
        <translation>Reprendre  P</translation>
    </message>
    <message>
        <source>Go back  B</source>
        <translation>Revenir  B</translation>
    </message>
    <message>
        <source>Stop here  S</source>
        <translation>Arrêter ici  S</translation>
    </message>
    <message>
        <source>No split keeps every rule. The least that would have to give: %1.</source>
        <translation>Aucune répartition ne respecte toutes les règles. Le minimum à céder : %1.</translation>
    </message>
    <message>
        <source>The best split; nothing keeps it from being better.</source>
        <translation>La meilleure répartition ; rien ne l&apos;empêche d&apos;être meilleure.</translation>
    </message>
    <message>
        <source>The cheapest split. What binds: %1; one GPU more there would save %2 an hour.</source>
        <translation>La répartition la moins chère. Ce qui limite : %1 ; un GPU de plus y économiserait %2 par heure.</translation>
    </message>
    <message>
        <source>The most even split. What binds: %1.</source>
        <translation>La répartition la plus égale. Ce qui limite : %1.</translation>
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
        <source>The program that ran it on %1 has ended, and nobody runs it: nothing moves. Resume takes it over where the routers stand now; Go back returns it; Stop leaves the weights as they are.</source>
        <translation>Le programme qui l&apos;exécutait sur %1 s&apos;est terminé et personne ne l&apos;exécute : rien ne bouge. Reprendre le continue là où en sont les routeurs ; Revenir l&apos;annule ; Arrêter laisse les poids tels quels.</translation>
    </message>
    <message>
        <source>Nothing moves until you decide: Resume goes on, Go back returns it step by step, Stop leaves the weights as they are.</source>
        <translation>Rien ne bouge avant votre décision : Reprendre continue, Revenir l&apos;annule étape par étape, Arrêter laisse les poids tels quels.</translation>
    </message>
    <message>
        <source>Way back: %1</source>
        <translation>Retour : %1</translation>
    </message>
    <message>
        <source>Returns by itself in %1.</source>
        <translation>Revient de lui-même dans %1.</translation>
    </message>
    <message>
        <source>What the router says</source>
        <translation>Ce que dit le routeur</translation>
    </message>
    <message>
        <source>Drag a handle or type a share to see what it would do. Several routes make one plan. Nothing is sent until Start.</source>
        <translation>Déplacez une poignée ou saisissez une part pour voir l&apos;effet. Plusieurs routes forment un seul plan. Rien n&apos;est envoyé avant Démarrer.</translation>
    </message>
    <message>
        <source>no plan</source>
        <translation>pas de plan</translation>
    </message>
    <message>
        <source>1 blocker</source>
        <translation>1 blocage</translation>
    </message>
    <message>
        <source>%1 blockers</source>
        <translation>%1 blocages</translation>
    </message>
    <message>
        <source>OVERRIDE</source>
        <translation>DÉROGATION</translation>
    </message>
    <message>
        <source>Start with an override</source>
        <translation>Démarrer avec dérogation</translation>
    </message>
    <message>
        <source>The greatest part of this change that finds its place</source>
        <translation>La plus grande part de ce changement qui trouve sa place</translation>
    </message>
    <message>
        <source>Keeps the plan, so that somebody else can approve it by its hash</source>
        <translation>Garde le plan pour qu&apos;une autre personne l&apos;approuve par son empreinte</translation>
    </message>
    <message>
        <source>plan %1</source>
        <translation>plan %1</translation>
    </message>
    <message>
        <source>%1 rehearses, step %2 of %3: %4</source>
        <translation>%1 répète, étape %2 sur %3 : %4</translation>
    </message>
    <message>
        <source>Rehearsed as %1: %2 of 100 points, %3, expected %4.</source>
        <translation>Répété sous %1 : %2 points sur 100, %3, prévu %4.</translation>
    </message>
    <message>
        <source>Rehearsal %1 did not reach its end: %2 of 100 points, %3, expected %4.</source>
        <translation>La répétition %1 n&apos;est pas allée au bout : %2 points sur 100, %3, prévu %4.</translation>
    </message>
    <message>
        <source>No safe return now: %1</source>
        <translation>Pas de retour sûr maintenant : %1</translation>
    </message>
    <message>
        <source>Read-only: drag a handle or type a share to see what it would do, and rehearse it. Nothing can be started.</source>
        <translation>Lecture seule : tirez une poignée ou saisissez une part pour voir ce que cela ferait, et répétez-le. Rien ne peut être lancé.</translation>
    </message>
    <message>
        <source>Paused by: %1</source>
        <translation>En pause à cause de : %1</translation>
    </message>
    <message>
        <source>Not live</source>
        <translation>Pas en direct</translation>
    </message>
    <message>
        <source>Move %1 of %2 points</source>
        <translation>Déplacer %1 points sur %2</translation>
    </message>
    <message>
        <source>The cheapest split. What binds: %1.</source>
        <translation>La répartition la moins chère. Ce qui contraint : %1.</translation>
    </message>
    <message>
        <source>For %1 % more load than now. </source>
        <translation>Pour une charge supérieure de %1 % à celle de maintenant. </translation>
    </message>
    <message>
        <source>For %1 % less load than now. </source>
        <translation>Pour une charge inférieure de %1 % à celle de maintenant. </translation>
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
    <message>
        <source>Cheapest split</source>
        <translation>La moins chère</translation>
    </message>
    <message>
        <source>Most even split</source>
        <translation>La plus égale</translation>
    </message>
    <message>
        <source>Undo edit</source>
        <translation>Annuler la modification</translation>
    </message>
    <message>
        <source>pending: %1</source>
        <translation>en attente : %1</translation>
    </message>
    <message>
        <source>pending</source>
        <translation>en attente</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>avertissement</translation>
    </message>
    <message>
        <source>What a reload or a restart of the router undid, as a plan of its own</source>
        <translation>Ce qu&apos;un rechargement ou un redémarrage du routeur a défait, comme un plan à part</translation>
    </message>
    <message>
        <source>Set %1 again</source>
        <translation>Remettre %1</translation>
    </message>
    <message>
        <source>%1 requests wait</source>
        <translation>%1 requêtes en attente</translation>
    </message>
    <message>
        <source>KV %1 %</source>
        <extracomment>KV cache of the fullest inference server</extracomment>
        <translation>KV %1 %</translation>
    </message>
    <message>
        <source>first token p99 %1 ms</source>
        <translation>premier jeton p99 %1 ms</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>inconnu</translation>
    </message>
    <message>
        <source>The load that the best split is for, beside the one of now</source>
        <translation>La charge pour laquelle la meilleure répartition est cherchée, par rapport à celle de maintenant</translation>
    </message>
    <message>
        <source> % more load</source>
        <translation> % de charge en plus</translation>
    </message>
    <message>
        <source>How far a share of the best split may be from where it is now, however many steps lead there</source>
        <translation>L’écart que la meilleure répartition peut mettre entre une part et sa valeur actuelle, quel que soit le nombre d’étapes qui y mènent</translation>
    </message>
    <message>
        <source>at most </source>
        <extracomment>how far a share may move</extracomment>
        <translation>à </translation>
    </message>
    <message>
        <source> points away</source>
        <translation> points au plus</translation>
    </message>
    <message>
        <source>any change of shares</source>
        <translation>parts libres</translation>
    </message>
</context>
<context>
    <name>penstock::SaveMenu</name>
    <message>
        <source>As of %1. Source: %2.</source>
        <translation>Au %1. Source : %2.</translation>
    </message>
    <message>
        <source>Whole: nothing is missing.</source>
        <translation>Complet : rien ne manque.</translation>
    </message>
    <message>
        <source>Partial: %1.</source>
        <translation>Partiel : %1.</translation>
    </message>
    <message>
        <source>SIMULATED: no measurement of what was there.</source>
        <translation>SIMULÉ : ne mesure rien de réel.</translation>
    </message>
    <message>
        <source>Save the chart as %1…</source>
        <translation>Enregistrer le graphique en %1…</translation>
    </message>
    <message>
        <source>Save the table as CSV…</source>
        <translation>Enregistrer le tableau en CSV…</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Enregistrer</translation>
    </message>
    <message>
        <source>Written into %1.</source>
        <translation>Écrit dans %1.</translation>
    </message>
    <message>
        <source>%1 cannot be written.</source>
        <translation>%1 ne peut pas être écrit.</translation>
    </message>
</context>
<context>
    <name>penstock::Scrubber</name>
    <message>
        <source>Hold</source>
        <translation>Figer</translation>
    </message>
    <message>
        <source>Return to live  L</source>
        <translation>Revenir au direct  L</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Temps</translation>
    </message>
    <message>
        <source>Return to live (L)</source>
        <translation>Revenir au direct (L)</translation>
    </message>
    <message>
        <source>%1x</source>
        <translation>%1×</translation>
    </message>
    <message>
        <source>Play at %1 times the speed</source>
        <translation>Lire à %1 fois la vitesse</translation>
    </message>
    <message>
        <source>Not live: %1 UTC</source>
        <translation>Pas en direct : %1 UTC</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>En direct</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>Lire</translation>
    </message>
    <message>
        <source>Drag back in time; the wheel shows more or less of it. Arrows: 1 s, with Shift 10 s</source>
        <translation>Faites glisser pour remonter le temps ; la molette en montre plus ou moins. Flèches : 1 s, avec Maj 10 s</translation>
    </message>
    <message>
        <source>LIVE</source>
        <translation>EN DIRECT</translation>
    </message>
</context>
<context>
    <name>penstock::ShiftProgress</name>
    <message>
        <source>waiting</source>
        <translation>attend</translation>
    </message>
    <message>
        <source>writing</source>
        <translation>écriture</translation>
    </message>
    <message>
        <source>accepted</source>
        <translation>accepté</translation>
    </message>
    <message>
        <source>confirmed</source>
        <translation>confirmé</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>échoué</translation>
    </message>
    <message>
        <source>left behind at step %1 of %2</source>
        <translation>abandonné à l&apos;étape %1 sur %2</translation>
    </message>
    <message>
        <source>step %1 of %2, %3</source>
        <translation>étape %1 sur %2, %3</translation>
    </message>
    <message>
        <source>How far it has come</source>
        <translation>Où il en est</translation>
    </message>
    <message>
        <source>The program that ran it has ended, and nobody runs it. Its routers show where it stands: resume it, take it back or stop it.</source>
        <translation>Le programme qui l&apos;exécutait s&apos;est terminé et personne ne l&apos;exécute. Ses routeurs montrent où il en est : reprenez-le, ramenez-le ou arrêtez-le.</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1 : %2</translation>
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
        <source>A rehearsal: nothing was written.</source>
        <translation>Une répétition : rien n&apos;a été écrit.</translation>
    </message>
    <message>
        <source>%1, %2: desired %3, accepted %4, observed %5</source>
        <translation>%1, %2 : voulu %3, accepté %4, observé %5</translation>
    </message>
    <message>
        <source>not measured</source>
        <translation>non mesuré</translation>
    </message>
    <message>
        <source>No safe return now: %1</source>
        <translation>Pas de retour sûr maintenant : %1</translation>
    </message>
    <message>
        <source>%1 is overridden by %2 until %3: %4</source>
        <translation>%1 est outrepassé par %2 jusqu’à %3 : %4</translation>
    </message>
    <message>
        <source>%1 was overridden by %2 until %3: %4</source>
        <translation>%1 était outrepassé par %2 jusqu’à %3 : %4</translation>
    </message>
    <message>
        <source>done in part</source>
        <translation>fait en partie</translation>
    </message>
    <message>
        <source>Paused by: %1. Resume it when that has changed, take it back or stop it.</source>
        <translation>En pause à cause de : %1. Reprenez-le quand cela aura changé, ramenez-le ou arrêtez-le.</translation>
    </message>
    <message>
        <source>%1, undone since</source>
        <translation>%1, défait depuis</translation>
    </message>
    <message>
        <source>Finds no place: %1.</source>
        <translation>Ne trouve pas de place : %1.</translation>
    </message>
    <message>
        <source>End these jobs, what moved needs their room: %1.</source>
        <translation>À arrêter par vous, leur place est prise par ce qui a été déplacé : %1.</translation>
    </message>
</context>
<context>
    <name>penstock::StatusLine</name>
    <message>
        <source>Status</source>
        <translation>État</translation>
    </message>
    <message>
        <source>1 shift running</source>
        <translation>1 transfert en cours</translation>
    </message>
    <message>
        <source>%1 shifts running</source>
        <translation>%1 transferts en cours</translation>
    </message>
    <message>
        <source>%1 needs you: %2</source>
        <translation>%1 a besoin de vous : %2</translation>
    </message>
    <message>
        <source>left behind</source>
        <translation>abandonné</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>en pause</translation>
    </message>
    <message>
        <source>%1, step %2 of %3</source>
        <translation>%1, étape %2 sur %3</translation>
    </message>
    <message>
        <source>%1 shifts left behind</source>
        <translation>%1 transferts abandonnés</translation>
    </message>
    <message>
        <source>Ingest goes on: live is %1 old</source>
        <translation>L’ingestion continue : le direct a %1</translation>
    </message>
    <message>
        <source>Nothing live: no endpoint has answered</source>
        <translation>Rien en direct : aucun point d’accès n’a répondu</translation>
    </message>
    <message>
        <source>%1 shifts stand still</source>
        <translation>%1 bascules à l’arrêt</translation>
    </message>
</context>
<context>
    <name>penstock::TimeChart</name>
    <message>
        <source>supply</source>
        <translation>offre</translation>
    </message>
    <message>
        <source>frozen</source>
        <translation>figé</translation>
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
    <message>
        <source>List the GPUs that need a look (U)</source>
        <translation>Lister les GPU à examiner (U)</translation>
    </message>
    <message>
        <source>GPUs, 1 node</source>
        <translation>GPU, 1 nœud</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>inconnu</translation>
    </message>
    <message>
        <source>GPUs</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>mean util.</source>
        <translation>util. moyenne</translation>
    </message>
</context>
<context>
    <name>penstock::TroubleList</name>
    <message>
        <source>All fleets</source>
        <translation>Toutes les flottes</translation>
    </message>
    <message>
        <source>GPUs that need a look</source>
        <translation>GPU à examiner</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copier</translation>
    </message>
    <message>
        <source>Copies the selected rows, or all, as text (Ctrl+C)</source>
        <translation>Copie les lignes choisies, ou toutes, en texte (Ctrl+C)</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>Copier en CSV</translation>
    </message>
    <message>
        <source>Back to the fleets (U)</source>
        <translation>Retour aux flottes (U)</translation>
    </message>
    <message>
        <source>in all fleets</source>
        <translation>dans toutes les flottes</translation>
    </message>
    <message>
        <source>in %1</source>
        <translation>dans %1</translation>
    </message>
    <message>
        <source>nothing unhealthy, silent or slowed down</source>
        <translation>rien en panne, muet ou ralenti</translation>
    </message>
    <message>
        <source>%1 GPUs; the first %2 rows</source>
        <translation>%1 GPU ; les %2 premières lignes</translation>
    </message>
    <message>
        <source>%1 GPUs</source>
        <translation>%1 GPU</translation>
    </message>
    <message>
        <source>1 GPU</source>
        <translation>1 GPU</translation>
    </message>
    <message>
        <source>nothing of what answers</source>
        <translation>rien parmi ce qui répond</translation>
    </message>
    <message>
        <source>%1; the rest is not known: %2</source>
        <extracomment>%2: names of endpoints</extracomment>
        <translation>%1 ; le reste n’est pas connu : %2</translation>
    </message>
    <message>
        <source>These endpoints do not answer, or only in part; GPUs that they do not show may need a look too</source>
        <translation>Ces points d’accès ne répondent pas, ou seulement en partie ; des GPU qu’ils ne montrent pas peuvent aussi être à examiner</translation>
    </message>
</context>
<context>
    <name>penstock::TroubleModel</name>
    <message>
        <source>XID %1, %2</source>
        <translation>XID %1, %2</translation>
    </message>
    <message>
        <source>all nodes</source>
        <translation>tous les nœuds</translation>
    </message>
    <message>
        <source>all %1</source>
        <translation>tous (%1)</translation>
    </message>
    <message>
        <source>%1. What to do: %2</source>
        <translation>%1. À faire : %2</translation>
    </message>
    <message>
        <source>%1 UTC, %2 ago; it may have begun earlier</source>
        <translation>%1 UTC, il y a %2 ; le début peut être antérieur</translation>
    </message>
    <message>
        <source>%1 UTC, %2 ago</source>
        <translation>%1 UTC, il y a %2</translation>
    </message>
    <message>
        <source>When it was first seen in this state, UTC; it may have begun earlier</source>
        <translation>Quand il a été vu dans cet état pour la première fois, UTC ; le début peut être antérieur</translation>
    </message>
    <message>
        <source>When it was last heard of, UTC</source>
        <translation>Quand on a eu de ses nouvelles pour la dernière fois, UTC</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Motif</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>À faire</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>Nœud</translation>
    </message>
    <message>
        <source>GPU</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>Grappe</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>Région</translation>
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
        <source>First seen</source>
        <translation>Première fois</translation>
    </message>
    <message>
        <source>Last seen</source>
        <translation>Dernière fois</translation>
    </message>
    <message>
        <source>%1; silent now</source>
        <translation>%1 ; muet à présent</translation>
    </message>
</context>
<context>
    <name>penstock::WeightBar</name>
    <message>
        <source>%1 %2 per cent</source>
        <translation>%1 %2 pour cent</translation>
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
    <message>
        <source>not known</source>
        <translation>inconnu</translation>
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
