/** What the incident workflow writes into the custody log of the case series. */
export interface CaseEvent {
  readonly type:
    | 'gate.opened'
    | 'gate.closed'
    | 'phase.ended'
    | 'target.parked'
    | 'containment.changed'
    | 'containment.released'
    | 'notice.failed'
    | 'incident.ended';
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}
