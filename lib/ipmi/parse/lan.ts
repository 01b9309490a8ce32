import { linesOf, type Said } from './text.js';

/** What `lan print` shows that lets people in. */
export interface Lan {
  /** Ways to log in over IPMI 1.5 that are enabled for anybody: `NONE`, `MD2`, `MD5`, `PASSWORD`, `OEM`. */
  readonly authenticationTypes: readonly string[];
  readonly community: string | null;
  /** Ids of the cipher suites that the BMC lists; null where it lists none. */
  readonly suites: readonly number[] | null;
  /** One letter for each suite of the list: the highest privilege it may be used with, `X` for never; null where the BMC does not say. */
  readonly suitePrivileges: string | null;
  /** What it does to those who guess (IPMI 2.0, table 23-4, parameter 26); null where it does not say. */
  readonly guessing: Guessing | null;
}

export interface Guessing {
  /** Refused logins in a row until the user is locked; 0: never. */
  readonly threshold: number;
  /** Seconds after which refused logins are forgotten; 0: only a good one makes it forget. */
  readonly resetAfterS: number;
}

/** Null when the output is not that of `lan print`. */
export function lanIn(said: Said): Lan | null {
  const values = valuesIn(linesOf(said));
  const enabled = values.get('Auth Type Enable');
  if (enabled === undefined) return null;
  const [suites] = values.get('RMCP+ Cipher Suites') ?? [];
  const [privileges = ''] = values.get('Cipher Suite Priv Max') ?? [];
  const threshold = countIn(values.get('Bad Password Threshold'));
  const resetAfterS = countIn(values.get('Attempt Count Reset Int.'));
  return {
    authenticationTypes: [...new Set(enabled.flatMap((line) => line.replace(/^[^:]*:/, '').match(/[A-Z0-9]+/g) ?? []))],
    community: values.get('SNMP Community String')?.[0] ?? null,
    suites: suites !== undefined && /^\d{1,3}(?:,\d{1,3})*$/.test(suites) ? suites.split(',').map(Number) : null,
    suitePrivileges: /^[XcuoaO]{15}$/.test(privileges) ? privileges : null,
    guessing: threshold === null || resetAfterS === null ? null : { threshold, resetAfterS },
  };
}

/** Ids of the suites that `channel getciphers ipmi` lists; null where the BMC does not answer it. */
export function suitesIn(said: Said): readonly number[] | null {
  const [head = '', ...rows] = linesOf(said);
  if (!head.startsWith('ID ')) return null;
  return rows.flatMap((row) => /^(\d{1,3}) +\S/.exec(row)?.[1] ?? []).map(Number);
}

function countIn([value = '']: readonly string[] = []): number | null {
  return /^\d{1,6}$/.test(value) ? Number(value) : null;
}

/** Lines without a name of their own go on with the one before. */
function valuesIn(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  let name = '';
  for (const line of lines) {
    const [, key = '', value] = /^(.{24}): (.*)$/.exec(line) ?? [];
    if (value === undefined) continue;
    if (key.trim() !== '') name = key.trim();
    values.set(name, [...(values.get(name) ?? []), value.trim()]);
  }
  return values;
}
