import { EVIDENCE_CLASSES, type Effect, type EvidenceClass } from '../model/effect.js';
import type { Rules } from '../model/isolation.js';
import type { Json } from '../model/json.js';
import type { CertificateSend, Send } from '../model/operation.js';
import { hasClearSecret } from '../model/secret-reference.js';
import { isList, isObject } from '../redfish/json.js';
import { canonicalUri } from '../redfish/uri.js';
import { refuse } from './error.js';

/**
 * What sending this does, derived from nothing but what is sent, and for rules from those of ours that are in force. The tables are closed and fail safe: an action, a resource or a method
 * that they do not know destroys everything. Throws UNSUPPORTED_KIND and BAD_SEND.
 */
export function effectOf(send: Send, inForce: Rules | null = null): Effect {
  return consequencesOf(send, inForce).effect;
}

/** The evidence that sending this destroys, on the same terms. */
export function destroysOf(send: Send): readonly EvidenceClass[] {
  return consequencesOf(send, null).destroys;
}

interface Consequences {
  readonly effect: Effect;
  readonly destroys: readonly EvidenceClass[];
}

function consequencesOf(send: Send, inForce: Rules | null): Consequences {
  switch (send.kind) {
    case 'redfish':
      return ofRequest(send.method, pathOf(send.uri), send.body);
    case 'redfish-each':
      return ofRequest(send.method, `${pathOf(send.collection)}/member`, null);
    case 'access-rules':
      return /\/ipaccesscontrol\/filterrules$/.test(pathOf(send.collection)) ? CONFIGURATION : ALL;
    case 'download':
      pathOf(send.uri);
      return { effect: 'observe', destroys: [] };
    case 'network':
      return ofRules(send.rules, inForce);
    case 'lease':
      return { effect: send.act === 'take' ? 'contain' : 'change', destroys: [] };
    case 'probe':
      return { effect: 'observe', destroys: [] };
    case 'manual':
      // A person does it after reading what it is; what they do cannot be derived, and narrowing is all that a plan may ask of them.
      return { effect: 'contain', destroys: ['network'] };
    case 'vault':
    case 'refusal':
    case 'envelope':
    case 'integration':
      // What they do to the vault, and to the BMC's count of refused logins, is written in no evidence that they could destroy.
      return NO_EVIDENCE;
    case 'account':
      return ofOwnAccount(send);
    case 'certificate':
      return ofCertificate(send);
    case 'dead-token':
      // Sessions of our own come and go with it, and nobody else's.
      pathOf(send.sessions);
      return { effect: 'observe', destroys: [] };
    case 'ipmi':
      return { effect: 'change', destroys: ['accounts', 'sessions'] };
    case 'upload':
    case 'wait':
      return refuse('UNSUPPORTED_KIND', `operations of kind ${send.kind} are not built yet`);
  }
}

/** Taking out the account that this incident made, and no other, destroys nothing that was there before it. */
function ofOwnAccount(send: Send & { kind: 'account' }): Consequences {
  switch (send.act) {
    case 'make':
      return ofRequest(send.method, pathOf(send.uri), send.body);
    case 'use':
    case 'leave':
      return NO_EVIDENCE;
    case 'remove':
      pathOf(send.list);
      return { effect: 'change', destroys: ['accounts', 'sessions'] };
  }
}

/** Any BMC may start again over a new certificate, and then it loses what a reset loses. An address or body that is none of these parts' own is refused. */
function ofCertificate(send: CertificateSend): Consequences {
  switch (send.act) {
    case 'request':
    case 'install':
      if (CERTIFICATE_ACTIONS[send.act].test(pathOf(send.uri)))
        return send.act === 'request' ? NO_EVIDENCE : { effect: 'destroy', destroys: ['sessions', 'volatile-logs', 'configuration'] };
      return refuse('BAD_SEND', `${send.uri} is no action that has to do with a certificate`);
    case 'reset': {
      const [type, ...more] = isObject(send.body) ? Object.entries(send.body) : [];
      const keeps = type?.[0] === 'ResetType' && (type[1] === 'GracefulRestart' || type[1] === 'ForceRestart') && more.length === 0;
      if (/^\/redfish\/v1\/managers\/[^/]+\/actions\/manager\.reset$/.test(pathOf(send.uri)) && keeps)
        return { effect: 'destroy', destroys: ['sessions', 'volatile-logs'] };
      return refuse('BAD_SEND', `${send.uri} with this body is no restart of a BMC`);
    }
    case 'sign':
    case 'prove':
      return NO_EVIDENCE;
  }
}

const CERTIFICATE_ACTIONS = {
  request: /\/actions\/(?:certificateservice|hpehttpscert)\.generatecsr$/,
  install: /\/actions\/(?:certificateservice\.replacecertificate|hpehttpscert\.importcertificate)$/,
};

/** Foreign flows die with the first rules: their table is evidence. Whatever lets more through than before is no containment. */
function ofRules(rules: Rules | null, inForce: Rules | null): Consequences {
  const narrows = rules !== null && (inForce === null || isWithin(rules, inForce));
  return { effect: narrows ? 'contain' : 'change', destroys: ['network'] };
}

/** True when `rules` cover at least what `inForce` cover and let through nothing that those do not. Text for text: a network that holds another one is not known to. */
function isWithin(rules: Rules, inForce: Rules): boolean {
  const among = (some: readonly string[], all: readonly string[]): boolean => some.every((one) => all.includes(one));
  const texts = (allowances: Rules['allowances']): readonly string[] =>
    allowances.map(({ to, protocol, port }) => `${to} ${protocol} ${String(port)}`);
  return (
    (rules.scope === inForce.scope || rules.scope === 'segment') &&
    among(inForce.inside, rules.inside) &&
    among(rules.responders, inForce.responders) &&
    among(rules.fallback, inForce.fallback) &&
    among(texts(rules.allowances), texts(inForce.allowances))
  );
}

const ALL: Consequences = { effect: 'destroy', destroys: EVIDENCE_CLASSES };
const CONFIGURATION: Consequences = { effect: 'change', destroys: ['configuration'] };
/** What a job that waits would have done, and the record of one that has ended: its address does not tell which it is. */
const JOB: Consequences = { effect: 'change', destroys: ['volatile-logs', 'configuration'] };
const NO_EVIDENCE: Consequences = { effect: 'change', destroys: [] };

function ofRequest(method: 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, body: Json): Consequences {
  if (hasClearSecret(body)) return refuse('BAD_SEND', 'a secret stands in the plan in clear; plans name secrets by their references');
  const action = /\/actions\/(?:.*\/)?([^/]+)$/.exec(path)?.[1];
  if (action !== undefined || path.includes('/actions/'))
    return ACTIONS.get(action ?? '') ?? dumpOf(action ?? '', body) ?? cancelOf(action ?? '', body) ?? ALL;
  if (method === 'POST') return CREATIONS.some((place) => place.test(path)) ? NO_EVIDENCE : ALL;
  if (method === 'DELETE') return DELETIONS.find(({ place }) => place.test(path)) ?? ALL;
  if (path.includes('/logservices')) return { effect: 'change', destroys: ['volatile-logs', 'logs', 'configuration', 'dumps'] };
  if (path.endsWith('/updateservice') && isSwitch(body)) return CONFIGURATION;
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

/** One job of Dell's queue, by its id; the id that means all of them is another matter. */
function cancelOf(action: string, body: Json): Consequences | null {
  return action === 'delljobservice.deletejobqueue' && jobOf(body) !== null ? JOB : null;
}

function jobOf(body: Json): string | null {
  const [id, ...more] = isObject(body) ? Object.entries(body) : [];
  return id?.[0] === 'JobID' && more.length === 0 && typeof id[1] === 'string' && /^JID_\d{6,20}$/.test(id[1]) ? id[1] : null;
}

/** The one job that an action takes out of a queue, by the last segment of its URI; null for every other request. */
export function cancelledJob(send: Send): string | null {
  const cancels = send.kind === 'redfish' && send.method === 'POST' && /\/DellJobService\.DeleteJobQueue$/i.test(send.uri);
  return cancels ? jobOf(send.body) : null;
}

/** Whether a service runs, and nothing else. */
function isSwitch(body: Json): boolean {
  return isObject(body) && Object.keys(body).length === 1 && typeof body['ServiceEnabled'] === 'boolean';
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
  { place: /^\/redfish\/v1\/taskservice\/tasks\/[^/]+$/, ...JOB },
  { place: /^\/redfish\/v1\/jobservice\/jobs\/[^/]+$/, ...JOB },
  { place: /^\/redfish\/v1\/updateservice\/updatetaskqueue\/[^/]+$/, ...JOB },
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
