import type { Finding } from '../../model/finding.js';
import { linkAt, membersOf } from '../../redfish/json.js';
import { readLinks } from '../../redfish/links.js';
import { ACCESS_ROUTES } from '../../redfish/vendors/access/access.js';
import { listMembers, isGone } from '../collection.js';
import { matches } from '../dump/services.js';
import { StepError } from '../error.js';
import { finding, type Survey } from '../planning.js';
import type { Reader, Reading } from '../reader.js';

/** What one BMC links to, as far as ways in and out can lie there. */
export interface Rooms {
  readonly root: Reading;
  readonly managers: readonly Reading[];
  /** Resources of a pattern that the BMC links to and that are there. */
  of(pattern: string): Promise<readonly Reading[]>;
  /** Members of the collections of a pattern, and nothing where there is no such collection. */
  membersOf(pattern: string): Promise<readonly Reading[]>;
  /** What is linked to and cannot be read, as it stands now: never a clean bill. */
  unreadable(): readonly Finding[];
}

/** Managers and systems of one BMC, and resources that one pattern may mean. */
const MANY = 16;

/** Reads the managers and what leads on from them. A missing resource is no door; one that answers with an error is a finding of its own. */
export async function enter(survey: Survey, root: Reading): Promise<Rooms> {
  const { reader } = survey;
  const bad = badList(survey);
  const known = new Set<string>();
  const learn = (reading: Reading): void => {
    if (reading.json !== null) for (const uri of readLinks(reading.uri, reading.json).resources) known.add(uri.split('?')[0] ?? uri);
  };
  const open = async (uri: string): Promise<Reading | null> => {
    const reading = await reader.get(uri);
    return isGone(reading.status) || bad.is(reading) ? null : reading;
  };
  const of = async (pattern: string): Promise<readonly Reading[]> => {
    const found: Reading[] = [];
    for (const uri of [...known].filter((one) => matches(one, pattern)).slice(0, MANY)) {
      const reading = await open(uri);
      if (reading !== null) found.push(reading);
    }
    return found;
  };
  learn(root);
  const managers = await owners(root, 'Managers', open);
  for (const reading of [...managers, ...(await owners(root, 'Systems', open))]) {
    known.add(reading.uri);
    learn(reading);
  }
  for (const { uri } of ACCESS_ROUTES) for (const reading of await of(uri)) learn(reading);
  return {
    root,
    managers,
    of,
    async membersOf(pattern) {
      const found: Reading[] = [];
      for (const collection of await of(pattern)) {
        const members = await listMembers(reader, collection.uri).catch((error: unknown) => {
          if (!(error instanceof StepError)) throw error;
          bad.add(collection, error.message);
          return null;
        });
        for (const uri of members?.members ?? []) {
          const reading = await open(uri);
          if (reading !== null) found.push(reading);
        }
      }
      return found;
    },
    unreadable: () => bad.all(),
  };
}

async function owners(root: Reading, name: string, open: (uri: string) => Promise<Reading | null>): Promise<readonly Reading[]> {
  const uri = linkAt(root, name);
  const collection = uri === null ? null : await open(uri);
  const found: Reading[] = [];
  for (const member of collection === null ? [] : membersOf(collection).slice(0, MANY)) {
    const reading = await open(member.uri);
    if (reading !== null) found.push(reading);
  }
  return found;
}

interface Bad {
  /** Whether it answers with something that says nothing; puts it on the list. */
  is(reading: Reading): boolean;
  add(reading: Reading, why: string): void;
  all(): readonly Finding[];
}

function badList(survey: Survey): Bad {
  const found = new Map<string, Finding>();
  const add = (reading: Reading, why: string): void => {
    const advice = `${reading.uri} is linked to and could not be judged: ${why}; look at it by hand`;
    found.set(reading.uri, finding(survey, 'ACCESS_UNREADABLE', reading, advice));
  };
  return {
    is(reading) {
      const is = !isGone(reading.status) && (reading.status !== 200 || reading.json === null);
      if (is) add(reading, `it answered ${String(reading.status)}`);
      return is;
    },
    add,
    all: () => [...found.values()],
  };
}

/** Reads each resource once. */
export function once(reader: Reader): Reader {
  const readings = new Map<string, Reading>();
  return {
    async get(uri) {
      const reading = readings.get(uri) ?? (await reader.get(uri));
      readings.set(uri, reading);
      return reading;
    },
  };
}
