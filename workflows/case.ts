import { ApplicationFailure } from '@temporalio/workflow';
import type { CaseEvent } from '../lib/model/case-event.js';
import { id, type Id } from '../lib/model/json.js';
import type { SignedStatement } from '../lib/model/statement.js';
import type { Case, Opened, Stored } from '../lib/model/work.js';
import type { IncidentInput } from './messages.js';
import { zoneActivities } from './proxies.js';

/** Has every zone verify the launch and snapshot its site; all must have seen the same. */
export async function openZones(input: IncidentInput): Promise<Opened> {
  const home = homeOf(input);
  const all = await Promise.all(
    input.zones.map(({ zone, targets }) =>
      zoneActivities(zone).quick.openIncident({ incident: input.incident, launch: input.launch, zone, home, targets }),
    ),
  );
  const [first] = all;
  if (first === undefined) throw ApplicationFailure.nonRetryable('an incident needs at least one target', 'STATEMENT_MALFORMED');
  if (all.some((opened) => opened.policyDigest !== first.policyDigest || opened.launch !== first.launch))
    throw ApplicationFailure.nonRetryable(
      'the zones verified different policies; bring their site directories to the same commit',
      'SITE_DIFFERS',
    );
  return first;
}

/** The zone that keeps the `case` series: the first of the launch. */
export function homeOf(input: IncidentInput): Id<'zone'> {
  const [first] = input.zones;
  if (first === undefined) throw ApplicationFailure.nonRetryable('an incident needs at least one target', 'STATEMENT_MALFORMED');
  return first.zone;
}

/** Every zone has verified and stored a statement before it counts. */
export async function storeEverywhere(input: IncidentInput, known: Case, statement: SignedStatement): Promise<Stored> {
  const stored = await Promise.all(input.zones.map(({ zone }) => zoneActivities(zone).quick.storeStatement({ case: known, statement })));
  const [first] = stored;
  if (first === undefined) throw ApplicationFailure.nonRetryable('an incident needs at least one zone', 'STATEMENT_MALFORMED');
  return first;
}

/** Writes an event into the custody log of the case's own series. */
export async function recordCase(known: Case, type: CaseEvent['type'], data: CaseEvent['data']): Promise<void> {
  await zoneActivities(known.home).steady.recordCase({ case: known, event: { type, data } });
}

/** The last act: the case series' final seal, which lists the last seal of every series. */
export async function sealCase(input: IncidentInput, known: Case, enforcers: Opened['enforcers']): Promise<void> {
  const { steady } = zoneActivities(known.home);
  for (const { zone, targets } of input.zones) {
    if (zone === known.home) continue;
    const series = [...targets, ...enforcers.filter((enforcer) => enforcer.zone === zone).map(({ name }) => id<'target'>(name))];
    for (let from = 0; from < series.length; from += HEADS_AT_ONCE) {
      const heads = await zoneActivities(zone).steady.seriesHeads({ case: known, targets: series.slice(from, from + HEADS_AT_ONCE) });
      await steady.keepHeads({ case: known, heads });
    }
  }
  await steady.sealCase({ case: known });
}

/** So that heads of another zone stay under 48 kB a piece. */
const HEADS_AT_ONCE = 150;
