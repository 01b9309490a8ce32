import type { Id } from '../model/json.js';
import type { Notice, NoticeEvent } from '../model/notice.js';
import type { Credential } from '../vault/secret.js';

/** One notice to one endpoint; sent again it is the same, byte for byte but for the time of the signature, so that receivers can drop repeats. */
export interface Delivery {
  /** `<site>.<incident>.<seq>.<endpoint>`. */
  readonly id: string;
  readonly site: Id<'site'>;
  readonly drill: boolean;
  readonly notice: Notice;
  /** The signed document that goes with it. */
  readonly document: SignedText | null;
}

export interface SignedText {
  readonly text: string;
  /** Detached OpenPGP signature, armored. */
  readonly signature: string;
}

/** What senders need of the host they run on. */
export interface Means {
  readonly secret: (reference: string) => Promise<Credential>;
  /** The PEM of an authority of the site; undefined: the ones that Node knows. */
  readonly authority: (name: string | null) => string | undefined;
  readonly signal: AbortSignal;
}

/** One line of it, as a chat shows it. */
export function summaryOf(delivery: Delivery): string {
  return `${headlineOf(delivery)}. Next: ${delivery.notice.next}`;
}

/** What happened, without what to do. */
export function headlineOf({ site, drill, notice }: Delivery): string {
  const { incident, event, zone, enforcer, step, gate, round, targets, state } = notice;
  const facts = [
    gate === null ? null : `gate ${gate}`,
    round === null ? null : `round ${String(round)}`,
    step === null ? null : `step ${step}`,
    zone === null ? null : `zone ${zone}`,
    enforcer === null ? null : `enforcer ${enforcer}`,
    targets === null ? null : `${String(targets)} target${targets === 1 ? '' : 's'}`,
    state,
  ].filter((fact) => fact !== null);
  const about = facts.length === 0 ? '' : ` (${facts.join(', ')})`;
  return `${subjectOf({ site, drill, incident, event })}${about}`;
}

export function subjectOf({ site, drill, incident, event }: Pick<Delivery, 'site' | 'drill'> & Pick<Notice, 'incident' | 'event'>): string {
  return `${drill ? 'DRILL: ' : ''}cofferdam ${site}, incident ${incident}: ${TITLES[event]}`;
}

const TITLES: Readonly<Record<NoticeEvent, string>> = {
  'incident-opened': 'opened',
  'gate-opened': 'a gate waits for a decision',
  'gate-decided': 'a gate was decided',
  'gate-expired': 'nobody decided at a gate in time',
  'target-parked': 'targets are parked and wait for a person',
  'containment-changed': 'containment changed',
  'no-worker': 'no worker takes up the work of a zone',
  'freeze-notice': 'BMCs are frozen: change nothing on them',
  'incident-ended': 'ended',
  'secret-rotated': 'BMCs have new secrets: whoever logs in to them takes theirs from the vault',
  'occurrence-refused': 'what a schedule was to open was refused: nothing was done',
};

/** What machines get: the fields in this order, without white space. */
export function jsonOf(delivery: Delivery): string {
  const { id, site, drill, notice, document } = delivery;
  return JSON.stringify({
    text: summaryOf(delivery),
    version: 1,
    delivery: id,
    site,
    drill,
    ...notice,
    ...(document === null ? {} : { signed: document }),
  });
}
