import { needsCosigners } from '../lib/model/added.js';
import type { AddedView } from '../lib/model/incident.js';
import type { Id } from '../lib/model/json.js';
import type { LaunchPolicy } from '../lib/model/policy.js';
import type { Add, SignedStatement } from '../lib/model/statement.js';
import type { Stored } from '../lib/model/work.js';
import type { IncidentInput } from './messages.js';

/** A statement that asks to take targets in, from its arrival on: what is asked counts against the policy, whatever becomes of it. */
export interface Asked {
  readonly add: Add;
  stored: Stored | null;
  state: AddedView['state'];
}

/** Which targets an incident is about: those of the launch, and those that signed statements took in since. Its zones never change. */
export class Roster implements IncidentInput {
  readonly incident: IncidentInput['incident'];
  readonly launch: SignedStatement;
  readonly #launched: readonly Id<'target'>[];
  readonly #asked: Asked[] = [];
  #zones: IncidentInput['zones'];

  constructor({ incident, launch, zones }: IncidentInput) {
    this.incident = incident;
    this.launch = launch;
    this.#zones = zones;
    this.#launched = zones.flatMap(({ targets }) => targets);
  }

  get zones(): IncidentInput['zones'] {
    return this.#zones;
  }

  get targets(): readonly Id<'target'>[] {
    return this.#zones.flatMap(({ targets }) => targets);
  }

  /** How many statements asked so far. */
  get turn(): number {
    return this.#asked.length;
  }

  get added(): readonly AddedView[] {
    return this.#asked.flatMap(({ add, stored, state }) =>
      stored === null || stored.signed === null
        ? []
        : [{ statement: stored.digest, signed: stored.signed, by: add.by, targets: add.targets.length, state }],
    );
  }

  /** In, or waiting for those who decide about it. */
  has(target: Id<'target'>): boolean {
    return this.targets.includes(target) || this.#asked.some(({ add, state }) => state === 'asked' && names(add, target));
  }

  /** Takes its turn before the zones look at it, so that two that come at once do not both have it. */
  ask(add: Add): Asked {
    const asked: Asked = { add, stored: null, state: 'asked' };
    this.#asked.push(asked);
    return asked;
  }

  needsCosigners(policy: LaunchPolicy, add: Add): boolean {
    const earlier = this.#asked.flatMap(({ add: other }) => (other.turn < add.turn ? [other] : []));
    return needsCosigners(policy, this.#launched, earlier, add);
  }

  take({ targets: added }: Add): readonly Id<'target'>[] {
    this.#zones = this.#zones.map(({ zone, targets }) => ({
      zone,
      targets: [...targets, ...added.flatMap((one) => (one.zone === zone ? [one.target] : []))],
    }));
    return added.map(({ target }) => target);
  }
}

function names({ targets }: Add, target: Id<'target'>): boolean {
  return targets.some((one) => one.target === target);
}
