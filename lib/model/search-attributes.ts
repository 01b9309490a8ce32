/** Names of the typed search attributes that an incident carries, so that lists of incidents need no query to each one. */
export const SEARCH_ATTRIBUTES = {
  incident: 'CofferdamIncident',
  state: 'CofferdamState',
  targets: 'CofferdamTargets',
  parked: 'CofferdamParked',
} as const;
