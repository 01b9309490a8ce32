import { EVIDENCE_CLASSES, type Effect, type EvidenceClass } from '../model/effect.js';
import type { Json } from '../model/json.js';
import type { Send } from '../model/operation.js';
import { isList, isObject } from '../redfish/json.js';
import { canonicalUri } from '../redfish/uri.js';
import { refuse } from './error.js';

/**
 * What sending this does, derived from nothing but what is sent. The tables are closed and fail safe: an action, a resource or a method
 * that they do not know destroys everything. Throws UNSUPPORTED_KIND and BAD_SEND.
 */
export function effectOf(send: Send): Effect {
  return consequencesOf(send).effect;
}

/** The evidence that sending this destroys, on the same terms. */
export function destroysOf(send: Send): readonly EvidenceClass[] {
  return consequencesOf(send).destroys;
}

interface Consequences {
  readonly effect: Effect;
  readonly destroys: readonly EvidenceClass[];
}

function consequencesOf(send: Send): Consequences {
  switch (send.kind) {
    case 'redfish':
      return ofRequest(send.method, pathOf(send.uri), send.body);
    case 'redfish-each':
      return ofRequest(send.method, `${pathOf(send.collection)}/member`, null);
    case 'download':
      pathOf(send.uri);
      return { effect: 'observe', destroys: [] };
    case 'ipmi':
    case 'network':
    case 'vault':
    case 'upload':
    case 'wait':
    case 'probe':
    case 'manual':
      return refuse('UNSUPPORTED_KIND', `operations of kind ${send.kind} are not built yet`);
  }
}

const ALL: Consequences = { effect: 'destroy', destroys: EVIDENCE_CLASSES };
const CONFIGURATION: Consequences = { effect: 'change', destroys: ['configuration'] };
const NO_EVIDENCE: Consequences = { effect: 'change', destroys: [] };

function ofRequest(method: 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, body: Json): Consequences {
  const action = /\/actions\/(?:.*\/)?([^/]+)$/.exec(path)?.[1];
  if (action !== undefined || path.includes('/actions/')) return ACTIONS.get(action ?? '') ?? dumpOf(action ?? '', body) ?? ALL;
  if (method === 'POST') return CREATIONS.some((place) => place.test(path)) ? NO_EVIDENCE : ALL;
  if (method === 'DELETE') return DELETIONS.find(({ place }) => place.test(path)) ?? ALL;
  if (path.includes('/logservices')) return { effect: 'change', destroys: ['volatile-logs', 'logs', 'configuration', 'dumps'] };
  if (path.includes('/updateservice')) return { effect: 'change', destroys: ['configuration', 'flash'] };
  return ACCOUNT.test(path) ? ofAccountChange(body) : CONFIGURATION;
}

/**
 * A dump that stays on the BMC until it is fetched. The body decides: any other share, transmission or kind of data sends evidence away or
 * does more than making a dump.
 */
function dumpOf(action: string, body: Json): Consequences | null {
  const allowed = DUMPS.get(action);
  if (allowed === undefined || !isObject(body)) return null;
  const isAllowed = ([name, value]: [string, Json]): boolean => {
    const values = Object.hasOwn(allowed.body, name) ? (allowed.body[name] ?? []) : [];
    return isList(value) ? value.length > 0 && value.every((one) => values.includes(one)) : values.includes(value);
  };
  return Object.entries(body).every(isAllowed) && Object.hasOwn(body, allowed.must) ? allowed : null;
}

/** An emptied user name is how BMCs with fixed slots (iDRAC 8 and 9) spell a deleted account. */
function ofAccountChange(body: Json): Consequences {
  const fields = isObject(body) ? Object.entries(body) : [];
  if (fields.length === 0 || fields.some(([name, value]) => name === 'UserName' && (value === '' || value === null)))
    return { effect: 'destroy', destroys: ['accounts', 'sessions'] };
  const onlyEnables = fields.every(([name, value]) => name === 'Enabled' && value === true);
  return { effect: 'change', destroys: onlyEnables ? ['accounts'] : ['accounts', 'sessions'] };
}

/** The account resource of AccountService, and Dell's second door below its manager. */
const ACCOUNT = /\/accounts\/[^/]+$/;

/** Collections in which a POST makes something new. */
const CREATIONS: readonly RegExp[] = [
  /\/accountservice\/accounts$/,
  /\/accounts\/[^/]+\/keys$/,
  /\/accountservice\/roles$/,
  /\/eventservice\/subscriptions$/,
  /\/certificates$/,
];

/** In this order: what lies in a log is a log entry, whatever its other names are. */
const DELETIONS: readonly (Consequences & { readonly place: RegExp })[] = [
  { place: /\/logservices\//, effect: 'destroy', destroys: ['volatile-logs', 'logs', 'dumps'] },
  { place: /\/(?:tasks|jobs)\/[^/]+$/, effect: 'destroy', destroys: ['volatile-logs'] },
  { place: /\/sessions\/[^/]+$/, effect: 'change', destroys: ['sessions'] },
  { place: ACCOUNT, effect: 'destroy', destroys: ['accounts', 'sessions'] },
  { place: /\/accounts\/[^/]+\/keys\/[^/]+$/, effect: 'change', destroys: ['accounts'] },
  { place: /\/accountservice\/roles\/[^/]+$/, effect: 'change', destroys: ['accounts'] },
  { place: /\/eventservice\/subscriptions\/[^/]+$/, effect: 'change', destroys: ['configuration'] },
];

/** Actions by the last part of their target, in lower case. None here is harmless; one that is missing counts as the worst. */
const ACTIONS: ReadonlyMap<string, Consequences> = new Map(
  Object.entries<readonly EvidenceClass[]>({
    'logservice.clearlog': ['volatile-logs', 'logs', 'dumps'],
    'manager.reset': ['sessions', 'volatile-logs'],
    'manager.forcefailover': ['sessions', 'volatile-logs'],
    'computersystem.reset': ['volatile-logs'],
    'chassis.reset': ['volatile-logs'],
    'bios.resetbios': ['configuration'],
    'secureboot.resetkeys': ['configuration'],
    'updateservice.simpleupdate': ['sessions', 'volatile-logs', 'configuration', 'flash'],
    'updateservice.startupdate': ['sessions', 'volatile-logs', 'configuration', 'flash'],
    'manager.resettodefaults': ['sessions', 'accounts', 'volatile-logs', 'logs', 'configuration', 'dumps'],
    'virtualmedia.ejectmedia': ['configuration'],
  }).map(([name, destroys]) => [name, { effect: 'destroy', destroys }]),
);

/** Actions that only make a dump, and what may stand in their bodies. */
const DUMPS: ReadonlyMap<string, Consequences & { readonly must: string; readonly body: Readonly<Record<string, readonly Json[]>> }> =
  new Map(
    Object.entries({
      'logservice.collectdiagnosticdata': {
        effect: 'change',
        destroys: ['dumps'],
        must: 'DiagnosticDataType',
        body: { DiagnosticDataType: ['Manager'] },
      },
      'delllcservice.exportlclog': { effect: 'change', destroys: [], must: 'ShareType', body: { ShareType: ['Local'] } },
      'delllcservice.supportassistcollection': {
        effect: 'change',
        destroys: ['dumps'],
        must: 'ShareType',
        body: { ShareType: ['Local'], DataSelectorArrayIn: ['DebugLogs', 'HWData', 'TTYLogs'] },
      },
    }),
  );

/** Lower case, since BMCs differ in it within one tree. Spellings that two servers may read in two ways are refused. */
function pathOf(uri: string): string {
  if (canonicalUri(uri, '/redfish/v1') !== uri || /%2f|%5c|\/\/|\?/i.test(uri))
    return refuse('BAD_SEND', `${JSON.stringify(uri)} is not the one plain spelling of a Redfish URI`);
  return uri.toLowerCase();
}
