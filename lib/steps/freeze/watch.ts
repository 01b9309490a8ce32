import type { Kept } from '../../evidence/kept.js';
import type { Finding } from '../../model/finding.js';
import type { Plan } from '../../model/plan.js';
import { foreignRecords, recordsOf, told } from '../attribution.js';
import type { ShownRecord } from '../review-logs/logs.js';
import { finding, quoted, type Survey } from '../planning.js';
import type { Reader, Reading } from '../reader.js';
import { endSessions, readAccounts, sorted } from './accounts.js';
import { freezeDrift } from './drift.js';
import { lookAround, type Ground } from './ground.js';

/** What freezes of one BMC have done, and what they were to do: an account that is still to be disabled is no newcomer. */
export interface Watched extends Pick<Plan, 'sections'> {
  readonly planned: Plan['sections'];
  /** Nobody was to be left whom the inventory does not allow. */
  readonly sessionsEnded: boolean;
}

/**
 * Of plans, oldest first: a later one leaves out what an earlier one has done. Of earlier ones only those count of which something was done: a plan that
 * was denied vouches for nobody.
 */
export function watchedOf(plans: readonly { readonly planned: Plan['sections']; readonly sections: Plan['sections'] }[]): Watched {
  const carriedOut = plans.filter(({ sections }, at) => sections.length > 0 || at === plans.length - 1);
  return {
    sections: carriedOut.flatMap(({ sections }) => sections),
    planned: carriedOut.flatMap(({ planned }) => planned),
    sessionsEnded: carriedOut.some(({ planned, sections }) => !endsSessions(planned) || endsSessions(sections)),
  };
}

function endsSessions(sections: Plan['sections']): boolean {
  return sections.some(({ operations }) => operations.some(({ send }) => send.kind === 'redfish-each'));
}

/**
 * What somebody changed on a BMC that is frozen, as findings: what the plan had closed and is open, accounts that a freeze would disable and that
 * the plan does not know, sessions that were opened since. Each names who did it as far as the BMC's log says, which its owner can forge. Reads
 * only; nothing is found on a BMC that is as the freeze left it. `lifted`: places of locks that a section of ours has lifted and will set again.
 */
export async function watchFreeze(
  survey: Survey,
  plan: Watched,
  lifted: readonly string[],
  kept: () => Promise<Kept>,
): Promise<readonly Finding[]> {
  const shown = new Map<string, Reading>();
  const reader = remembering(survey.reader, shown);
  const watched = { ...survey, reader };
  const ground = await lookAround(watched);
  const changes = [
    ...(await freezeDrift(reader, plan, lifted)).map(({ uri, pointer, expected, found }) => ({
      uri,
      what:
        pointer === ''
          ? `${uri}, which the freeze took away, is there again`
          : `${pointer} is ${say(found)} and was frozen as ${say(expected)}`,
    })),
    ...(await newcomers(watched, ground, plan)),
  ];
  if (changes.length === 0) return [];
  const list = await kept();
  const records = await foreignRecords(watched, ground.root, list, { ...list, captures: [] });
  return changes.map(({ uri, what }) => {
    const evidence = shown.get(uri) ?? ground.root;
    return finding(
      survey,
      'FREEZE_DRIFT',
      evidence,
      `${what}; ${attribution(records, { ...evidence, uri })}; take it for hostile until somebody owns it`,
      uri,
    );
  });
}

interface Change {
  readonly uri: string;
  readonly what: string;
}

async function newcomers(survey: Survey, ground: Ground, plan: Watched): Promise<readonly Change[]> {
  const planned = new Set(
    plan.planned.flatMap(({ operations }) => operations.flatMap(({ send }) => (send.kind === 'redfish' ? send.uri : []))),
  );
  const { frozen } = sorted(survey, await readAccounts(survey, ground.root));
  const { findings } = plan.sessionsEnded ? await endSessions(survey, ground) : { findings: [] };
  return [
    ...frozen
      .filter(({ uri }) => !planned.has(uri))
      .map(({ uri, userName }) => ({ uri, what: `account ${quoted(userName)} is enabled, and was not when the BMC was frozen` })),
    ...findings
      .filter(({ code }) => code === 'FOREIGN_SESSION')
      .map(({ uri, advice }) => ({ uri, what: `a session is open that the freeze would have ended: ${advice}` })),
  ];
}

function say(value: unknown): string {
  return quoted(typeof value === 'string' ? value : JSON.stringify(value));
}

/** The newest record that names the thing, else the newest of all. */
function attribution(records: readonly ShownRecord[], reading: Pick<Reading, 'uri' | 'json'>): string {
  const [record] = [...recordsOf(records, reading), ...records];
  return record === undefined ? 'the log names nobody' : `the log's nearest record is ${told(record)}`;
}

function remembering(reader: Reader, shown: Map<string, Reading>): Reader {
  return {
    async get(uri) {
      const reading = await reader.get(uri);
      shown.set(uri, reading);
      return reading;
    },
  };
}
