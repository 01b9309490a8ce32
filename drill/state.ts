import { AccessList } from './access-list.js';
import { Accounts } from './accounts.js';
import type { Content } from './content.js';
import { Dumps } from './dumps.js';
import { Extras } from './extras.js';
import { Identity } from './identity.js';
import { textAt } from './json.js';
import { Lockout } from './lockout.js';
import type { AuditEvent } from './audit-event.js';
import type { Log } from './log.js';
import { Resources } from './resources.js';
import { Sessions } from './sessions.js';
import { Settings } from './settings.js';
import type { Vendor } from './vendor.js';

/** All that one emulated BMC holds. */
export interface State {
  readonly vendor: Vendor;
  readonly resources: Resources;
  readonly accounts: Accounts;
  readonly lockout: Lockout;
  readonly sessions: Sessions;
  readonly extras: Extras;
  readonly dumps: Dumps;
  readonly settings: Settings;
  readonly logs: readonly Log[];
  readonly pace: Pace;
  readonly identity: Identity;
  readonly accessList: AccessList;
  /** Ends what does not outlive a restart, and answers 503 until it is up again. */
  reset(): void;
  /** Whether it is starting up. */
  starting(): boolean;
  /** Writes into the audit log and returns the entry's URI; null where there is none: a captured tree's logs keep their bytes. */
  record(event: AuditEvent): string | null;
}

/** How long a BMC takes for what takes a while. */
export interface Pace {
  /** To start up again; a real one takes one to ten minutes. */
  readonly startMs: number;
  /** From the answer until a late password works. */
  readonly lateMs: number;
}

const PACE: Pace = { startMs: 1_500, lateMs: 3_000 };

/** The first of `logs` is the audit log; `idleMs` replaces the content's own session timeout. */
export function stateOf(options: {
  vendor: Vendor;
  content: Content;
  logs: readonly Log[];
  idleMs: number | null;
  pace?: Partial<Pace>;
}): State {
  const resources = new Resources(options.content, options.vendor);
  const root = resources.json('/redfish/v1') ?? undefined;
  const service = textAt(root, 'AccountService', '@odata.id');
  const lockout = new Lockout(resources, service);
  const collection = textAt(resources.json(service) ?? undefined, 'Accounts', '@odata.id');
  const accounts = new Accounts(resources, { service, collection, lockout });
  const pace = { ...PACE, ...options.pace };
  const sessions = new Sessions(resources, textAt(root, 'Links', 'Sessions', '@odata.id'), options.idleMs);
  const identity = new Identity(resources, pace.lateMs);
  let upAt = 0;
  return {
    vendor: options.vendor,
    resources,
    accounts,
    lockout,
    sessions,
    pace,
    identity,
    accessList: new AccessList(resources),
    reset() {
      upAt = Date.now() + pace.startMs;
      identity.started();
      for (const log of options.logs.filter(({ volatile }) => volatile)) log.forget();
      if (!options.vendor.sessionsSurviveReset) for (const session of [...sessions.all()]) sessions.end(session);
      sessions.forget();
    },
    starting: () => Date.now() < upAt,
    extras: new Extras(resources, accounts),
    dumps: new Dumps(resources, options.logs),
    settings: new Settings(resources),
    logs: options.logs,
    record: (event) => options.logs[0]?.record(event) ?? null,
  };
}
