import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FILES } from '../../lib/evidence/format.js';
import { listKept, readKept } from '../../lib/evidence/kept.js';

/** What a case's sealed bags say of its targets: read from the evidence itself, not from the engine's word. */
export interface Case {
  readonly findings: readonly { readonly target: string; readonly code: string; readonly uri: string }[];
  /** Records of refused logins in the captured logs: whose name was typed, and when by the BMC's clock. */
  readonly refusedLogins: readonly RefusedLogin[];
  /** Distinct URIs captured whole, advertised, and answered with an HTTP error. */
  readonly captured: number;
  readonly advertised: number;
  readonly broken: number;
}

export interface RefusedLogin {
  readonly target: string;
  readonly uri: string;
  readonly userName: string;
  readonly at: string;
}

/** Reads every sealed bag below `incidents/<incident>/evidence`. */
export async function readCase(evidence: string): Promise<Case> {
  const findings: { target: string; code: string; uri: string }[] = [];
  const refusedLogins: RefusedLogin[] = [];
  const tally = { captured: 0, advertised: 0, broken: 0 };
  for (const series of await readdir(evidence)) {
    if (series === 'case') continue;
    const advertised = new Map<string, number | null>();
    for (const bag of (await readdir(join(evidence, series))).filter((name) => /^S\d{8}$/.test(name)).sort()) {
      for (const line of await lines(join(evidence, series, bag, FILES.custody))) {
        const data = objectAt(line, 'data');
        if (line['type'] === 'finding.recorded') findings.push({ target: series, code: textAt(data, 'code'), uri: textAt(data, 'uri') });
      }
      for (const line of await lines(join(evidence, series, bag, FILES.captures))) {
        // Over IPMI nothing is advertised: commands are counted among the items only.
        if (line['purpose'] !== 'capture' || line['method'] !== 'GET') continue;
        const status = line['httpStatus'];
        advertised.set(textAt(line, 'uri'), line['status'] === 'complete' && typeof status === 'number' ? status : null);
      }
    }
    refusedLogins.push(...(await refusedLoginsIn(join(evidence, series), series)));
    tally.advertised += advertised.size;
    tally.captured += [...advertised.values()].filter((status) => status !== null).length;
    tally.broken += [...advertised.values()].filter((status) => status !== null && status >= 400).length;
  }
  return { findings, refusedLogins, ...tally };
}

async function refusedLoginsIn(folder: string, target: string): Promise<readonly RefusedLogin[]> {
  const records = new Map<string, RefusedLogin>();
  const { captures } = await listKept(folder);
  for (const kept of captures.filter(({ uri, status }) => status === 200 && /\/Entries(?:[/?]|$)/.test(uri))) {
    const text = (await readKept(kept)).toString('utf8');
    if (!text.includes(REFUSED)) continue;
    const page: unknown = JSON.parse(text);
    for (const entry of isObject(page) && Array.isArray(page['Members']) ? page['Members'] : [page]) {
      if (!isObject(entry)) continue;
      const [uri, message, at] = [textAt(entry, '@odata.id'), textAt(entry, 'Message'), textAt(entry, 'Created')];
      const userName = message.startsWith(REFUSED) ? message.slice(REFUSED.length).split(' from ')[0] : undefined;
      if (userName !== undefined) records.set(uri, { target, uri, userName, at });
    }
  }
  return [...records.values()];
}

/** How every emulated BMC begins such a record. */
const REFUSED = 'Login refused: ';

async function lines(path: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const value: unknown = JSON.parse(line);
      return isObject(value) ? value : {};
    });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectAt(line: Record<string, unknown>, key: string): Record<string, unknown> {
  const value = line[key];
  return isObject(value) ? value : {};
}

function textAt(line: Record<string, unknown>, key: string): string {
  const value = line[key];
  return typeof value === 'string' ? value : '';
}
