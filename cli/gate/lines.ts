import { EFFECTS, IMPACTS } from '../../lib/model/effect.js';
import type { GateView } from '../../lib/model/incident.js';
import type { CertificateSend, Send } from '../../lib/model/operation.js';
import { operationsOf, type Counts } from '../../lib/model/plan.js';
import { canonical } from '../../lib/trust/canonical.js';
import type { Opened } from '../desk.js';
import type { Line } from '../output/print.js';
import { safe, styled, text, type Text } from '../output/text.js';
import type { CheckedGate, CheckedPlan } from './check.js';
import { gateRow, type At } from '../incident/lines.js';

/** What a signer sees: totals first, then every target with each operation in one line, all from checked bytes. */
export function gateLines(gate: GateView, checked: CheckedGate, opened: Opened, at: At): readonly Line[] {
  const acting = checked.plans.filter(({ row }) => row.operations > 0);
  return [
    text`${styled('bold', `gate ${gate.gate}`)} of ${opened.input.incident}, opened by ${opened.launch.by}: ${opened.launch.reason}`,
    { rows: [gateRow(gate, at)] },
    text`by effect: ${countsText(EFFECTS, checked.counts)}; by impact on the host: ${countsText(IMPACTS, checked.counts)}`,
    destroysLine(acting),
    text`every line below was computed here from plans that hash up to root ${checked.root}`,
    ...acting.flatMap(targetLines),
    text`${acting.length} targets act, ${checked.plans.length - acting.length} need nothing done`,
  ];
}

function countsText(names: readonly (keyof Counts)[], counts: Counts): Text {
  const some = names.filter((name) => counts[name] > 0).map((name) => `${String(counts[name])} ${name}`);
  return safe(some.length === 0 ? 'nothing' : some.join(', '));
}

/** Which evidence is at stake. That it is sealed first is enforced where it counts; nobody at this desk can vouch for a seal on another host. */
function destroysLine(acting: readonly CheckedPlan[]): Text {
  const classes = [...new Set(acting.flatMap(({ row }) => row.destroys))];
  if (classes.length === 0) return text`destroys no evidence`;
  return text`destroys evidence of class ${styled('yellow', classes.join(', '))}: enforced before each act, which is refused until the class is sealed for its target, and captures it once more`;
}

function targetLines({ target, zone, row, plan }: CheckedPlan): readonly Line[] {
  const destroys = row.destroys.length === 0 ? '' : `, destroys ${row.destroys.join(', ')}`;
  return [
    text`${styled('bold', target)}  zone ${zone}: ${row.operations} ${row.operations === 1 ? 'operation' : 'operations'}, ${row.effect} at most, impact ${row.impact}${destroys}`,
    // What is sent stands first and is never cut to the terminal: the sentence beside it is only the planner's word for it.
    ...operationsOf(plan).map(({ n, send, line }) => text`  ${n}. ${sendText(send)}  ${styled('dim', line)}`),
  ];
}

/** What leaves the worker, not what somebody says about it. */
export function sendText(send: Send): string {
  switch (send.kind) {
    case 'redfish':
      return `${send.method} ${send.uri}${send.body === null ? '' : ` ${canonical(send.body)}`}`;
    case 'download':
      return `GET the file that ${send.uri} names at ${send.pointer}`;
    case 'redfish-each':
      return `${send.method} every member of ${send.collection}${send.spare.length === 0 ? '' : ` but ${send.spare.join(' ')}`} and our own session`;
    case 'ipmi':
      return `set the password of user ${send.userName} in slot ${String(send.user)} over IPMI to the pending secret of ${send.ref}`;
    case 'network':
      return send.rules === null ? 'take our rules away' : `rules ${canonical(send.rules)}`;
    case 'probe':
      return `try ${String(send.paths.length)} paths for at most ${String(send.budgetMs)} ms`;
    case 'lease':
      return send.act === 'take' ? 'take the freeze lease' : 'give the freeze lease back';
    case 'vault':
      return send.act === 'create'
        ? `vault: make a secret for ${send.userName}, pending under ${send.ref}`
        : `vault: ${send.act} the pending secret of ${send.ref}`;
    case 'refusal':
      return `one login with the secret that ${send.ref} replaces, which must be refused`;
    case 'envelope':
      return `seal the ${send.act === 'write' ? 'pending' : 'current'} secret of ${send.ref} to ${send.holders.join(', ')}`;
    case 'account':
      return accountText(send);
    case 'access-rules':
      return `make the access list ${send.collection} ${send.to.map(({ policy, address, prefix }) => `${policy} ${address}/${String(prefix)}`).join(', ') || 'empty'}`;
    case 'integration':
      return `give the server behind ${send.name} a new secret by the site's command, kept as ${send.ref}`;
    case 'dead-token':
      return `log in once more, end that session of ${send.sessions}, and use its token, which must be refused${ofReplaced(send.replaced)}`;
    case 'upload':
      return `upload image ${send.image} to ${send.uri}`;
    case 'wait':
      return `wait for at most ${String(send.budgetMs)} ms`;
    case 'manual':
      return `by hand: ${send.instruction}`;
    case 'certificate':
      return certificateText(send);
  }
}

function ofReplaced(replaced: readonly string[] = []): string {
  return replaced.length === 0 ? '' : `, as those that were opened with the secrets before ${replaced.join(', ')}`;
}

function certificateText(send: CertificateSend): string {
  switch (send.act) {
    case 'request':
      return `POST ${send.uri} ${canonical(send.body)}`;
    case 'sign':
      return 'have the request signed by the authority of the site';
    case 'install':
      return `POST ${send.uri} ${canonical(send.body)} with the certificate as ${send.property}`;
    case 'reset':
      return `POST ${send.uri} ${canonical(send.body)}`;
    case 'prove':
      return 'one login where the new key is shown; from then on that key is the pin';
  }
}

function accountText(send: Send & { kind: 'account' }): string {
  switch (send.act) {
    case 'make':
      return `${send.method} ${send.uri} ${canonical(send.body)}`;
    case 'use':
      return `log in with ${send.ref} from now on`;
    case 'leave':
      return `log in with what the inventory names again, once a login shows that it works`;
    case 'remove':
      return send.slot === null
        ? `DELETE account ${send.userName} of ${send.list}`
        : `PATCH account ${send.userName} of ${send.list} with ${send.slot.map((body) => canonical(body)).join(', then ')}`;
  }
}
