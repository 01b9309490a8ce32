import type { Operation, Send } from '../model/operation.js';
import { destroysOf } from '../operations/effect.js';
import { downloadPath } from '../redfish/download-path.js';
import type { DumpFacts } from '../redfish/vendors/vendor.js';
import { vendorOf } from '../redfish/vendors/vendors.js';
import { valueAtPointer } from '../redfish/json.js';
import { advertised } from './dump/advertised.js';
import { findServices } from './dump/services.js';
import { finding, joined, NOTHING, type Proposal, type Survey } from './planning.js';
import type { Reading } from './reader.js';

/**
 * The dumps that are known for this BMC's vendor and that this BMC itself advertises: action, target and values come from it and are never
 * guessed. One that it does not advertise is reported, and so is one that might disturb the host: nobody approves that one by the way.
 */
export async function dump(survey: Survey): Promise<Proposal> {
  const root = await survey.reader.get('/redfish/v1');
  const services = await findServices(survey.reader, root);
  const proposals: Proposal[] = [];
  for (const one of vendorOf(root.json).dumps) proposals.push(await propose(survey, root, one, services(one.service)));
  return joined(proposals);
}

/** How long a BMC may work on a dump, and fetching it may take on top. */
const LIMIT_MS = 60 * 60_000;
/** Services that one row may match. */
const SERVICES = 16;

async function propose(survey: Survey, root: Reading, one: DumpFacts, services: readonly string[]): Promise<Proposal> {
  const operations: Omit<Operation, 'n'>[] = [];
  let shown = root;
  let why = `it lists no ${one.service}`;
  for (const uri of services.slice(0, SERVICES)) {
    const service = await survey.reader.get(uri);
    const send = await sendOf(survey, service, one);
    if (typeof send !== 'string') operations.push(operationOf(send, one));
    else [shown, why] = [service, send];
  }
  if (one.host !== 'none') return operations.length === 0 ? NOTHING : leftOut(survey, root, one);
  if (operations.length > 0) return { operations, findings: [] };
  const advice = `${one.name}: not made, since ${why}; preserve it by hand where it matters`;
  return { operations: [], findings: [finding(survey, 'DUMP_UNAVAILABLE', shown, advice)] };
}

/** What would be sent, or why nothing can be. */
async function sendOf(survey: Survey, service: Reading, one: DumpFacts): Promise<Send | string> {
  if (service.status !== 200) return `${service.uri} answered ${String(service.status)}`;
  if (one.action !== null) return advertised(survey.reader, service, one.action, one.body);
  const pointer = typeof one.body === 'string' ? one.body : '';
  const path = valueAtPointer(service.json ?? undefined, pointer);
  const isThere = typeof path === 'string' && downloadPath(path) !== null;
  return isThere ? { kind: 'download', uri: service.uri, pointer } : `${service.uri} names no file at ${pointer}`;
}

function operationOf(send: Send, { name, overwrites, host }: DumpFacts): Omit<Operation, 'n'> {
  const reads = send.kind === 'download';
  const isEntry = send.kind === 'redfish' && /\/logservices\//i.test(send.uri);
  return {
    version: 1,
    send,
    line: `${reads ? 'fetch' : 'make and fetch'} the ${name}; overwrites ${overwrites ?? 'nothing'}; impact on the host: ${host}`,
    limitMs: LIMIT_MS,
    before: [],
    after: [],
    proof: reads ? { by: 'state' } : { by: 'act', witness: isEntry ? 'log-entry' : 'task' },
    destroys: destroysOf(send),
    impact: host,
    undo: null,
  };
}

function leftOut(survey: Survey, root: Reading, { name, traps }: DumpFacts): Proposal {
  const advice = `${name}: left out, since it ${traps}; make it by hand once the host may be lost`;
  return { operations: [], findings: [finding(survey, 'DUMP_UNAVAILABLE', root, advice)] };
}
