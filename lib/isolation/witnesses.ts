/** What shows how things were before the first rules, by the name of its file without the ending; what an enforcer does not give is named as missing. */
export const WITNESSES = ['flows', 'neighbours', 'macs', 'leases', 'firewall-log', 'rules'] as const;
