import type { Kept } from '../../evidence/kept.js';
import type { Finding } from '../../model/finding.js';
import type { Plan } from '../../model/plan.js';
import { textAt } from '../../redfish/json.js';
import { clockOffset } from '../review-logs/clock.js';
import type { ShownRecord } from '../review-logs/logs.js';
import { readLogs } from '../review-logs/logs.js';
import { lookInto } from '../review-logs/look.js';
import { dated, said } from '../review-logs/people.js';
import { whatTheSiteKnows } from '../review-logs/site.js';
import { finding, quoted, type Survey } from '../planning.js';
import type { Reader, Reading } from '../reader.js';
import { endSessions, readAccounts, sorted } from './accounts.js';
import { freezeDrift } from './drift.js';
import { lookAround, type Ground } from './ground.js';

/**
 * What somebody changed on a BMC that is frozen, as findings: what the plan had closed and is open, accounts that a freeze would disable and that
 * the plan does not know, sessions that were opened since. Each names who did it as far as the BMC's log says, which its owner can forge. Reads
 * only; nothing is found on a BMC that is as the freeze left it.
 */
export async function watchFreeze(survey: Survey, plan: Pick<Plan, 'sections'>, kept: () => Promise<Kept>): Promise<readonly Finding[]> {
  const shown = new Map<string, Reading>();
  const reader = remembering(survey.reader, shown);
  const watched = { ...survey, reader };
  const ground = await lookAround(watched);
  const changes = [
    ...(await freezeDrift(reader, plan)).map(({ uri, pointer, expected, found }) => ({
      uri,
      what:
        pointer === ''
          ? `${uri}, which the freeze took away, is there again`
          : `${pointer} is ${say(found)} and was frozen as ${say(expected)}`,
    })),
    ...(await newcomers(watched, ground, plan)),
  ];
  if (changes.length === 0) return [];
  const records = await foreignRecords(watched, ground, await kept());
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

async function newcomers(survey: Survey, ground: Ground, plan: Pick<Plan, 'sections'>): Promise<readonly Change[]> {
  const planned = new Set(
    plan.sections.flatMap(({ operations }) => operations.flatMap(({ send }) => (send.kind === 'redfish' ? send.uri : []))),
  );
  const { frozen } = sorted(survey, await readAccounts(survey, ground.root));
  const { findings } = await endSessions(survey, ground);
  return [
    ...frozen
      .filter(({ uri }) => !planned.has(uri))
      .map(({ uri, userName }) => ({ uri, what: `account ${quoted(userName)} is enabled, and was not when the BMC was frozen` })),
    ...findings.map(({ uri, advice }) => ({ uri, what: `a session is open that the freeze would have ended: ${advice}` })),
  ];
}

function say(value: unknown): string {
  return quoted(typeof value === 'string' ? value : JSON.stringify(value));
}

/** What others did according to the logs as they are now, newest first: logins and logouts are no changes. */
async function foreignRecords(survey: Survey, { root, vendor }: Ground, kept: Kept): Promise<readonly ShownRecord[]> {
  const seen = root.json === null ? null : { ...root, json: root.json };
  if (seen === null) return [];
  const known = await whatTheSiteKnows(survey, kept);
  const { logs, managers } = await readLogs(lookInto({ ...kept, captures: [] }, survey.reader), seen, vendor);
  const clock = managers.map((manager) => clockOffset(manager)).find((offset) => offset !== null) ?? 0;
  return logs
    .filter(({ facts }) => facts.role === 'audit')
    .flatMap(({ records, service }) => records.filter((record) => !known.isOurs(record, clockOffset(service) ?? clock)))
    .filter(({ event, address, user }) => CHANGES.has(event ?? 'unknown') && (address !== null || user !== null))
    .toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0));
}

const CHANGES: ReadonlySet<string> = new Set(['account-changed', 'configuration', 'unknown']);

/** The newest record that names the thing, else the newest of all. */
function attribution(records: readonly ShownRecord[], { uri, json }: Pick<Reading, 'uri' | 'json'>): string {
  const segment = uri.split('/').at(-1) ?? '';
  const names = [uri, textAt(json ?? undefined, 'UserName') ?? '', segment].filter((name) => /[a-z]{3}/i.test(name));
  const record = records.find(({ message }) => names.some((name) => message.toLowerCase().includes(name.toLowerCase()))) ?? records[0];
  if (record === undefined) return 'the log names nobody';
  const who = record.user === null ? '' : ` by ${quoted(record.user)}`;
  const from = record.address === null ? '' : ` from ${record.address}`;
  return `the log's nearest record is ${said(record)}${who}${from}${dated(record)}`;
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
