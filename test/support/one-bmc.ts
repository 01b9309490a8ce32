import { startFleet, type FleetOptions, type FleetTarget } from '../../drill/fleet.js';
import type { FaultName } from '../../drill/faults/faults.js';
import type { LoginTruth } from '../../drill/lockout.js';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import type { WireEntry } from '../../drill/wire-log.js';

/** One emulated BMC over real TLS, and what it says of itself on its own side. */
export interface OneBmc {
  readonly bmc: FleetTarget;
  readonly wire: readonly WireEntry[];
  fault(name: FaultName | null): Promise<void>;
  hold(request: { method: string; uri?: string }, at: 'before' | 'after'): ReturnType<Awaited<ReturnType<typeof startFleet>>['hold']>;
  /** Which of these log in to an account now; nothing is sent and nothing counted. */
  working(userName: string, passwords: Readonly<Record<string, string>>): readonly string[];
  loginsOf(userName: string): LoginTruth;
  /** Accounts that were locked at any time, and `address` when somebody was kept out by where they came from. */
  keptOut(): readonly string[];
  close(): Promise<void>;
}

/** Quick enough for hundreds: whatever takes a BMC a while takes this one a tenth of a second. */
export async function oneBmc(profile: ProfileName, fault: FaultName | null = null, options: FleetOptions = {}): Promise<OneBmc> {
  const fleet = await startFleet({ profile, targets: 1, compromise: false, pace: { startMs: 100, lateMs: 100 }, ...options });
  const [bmc] = fleet.targets;
  if (bmc === undefined) throw new RangeError('a fleet has a target');
  if (fault !== null) await fleet.fault(bmc.id, fault);
  return {
    bmc,
    wire: fleet.wire.entries,
    fault: (name) => fleet.fault(bmc.id, name),
    hold: (request, at) => fleet.hold(bmc.id, request, at),
    working: (userName, passwords) =>
      Object.entries(passwords).flatMap(([name, password]) => (bmc.works(userName, password) ? [name] : [])),
    loginsOf(userName) {
      const found = bmc.logins().find((one) => one.userName === userName);
      if (found === undefined) throw new RangeError(`no account ${userName}`);
      return found;
    },
    keptOut: () => [
      ...bmc.logins().flatMap(({ lockedEver, userName }) => (lockedEver ? [userName] : [])),
      ...(bmc.keptOut() ? ['address'] : []),
    ],
    close: () => fleet.close(),
  };
}
