import { liftIn } from '../model/closing.js';
import type { Effect } from '../model/effect.js';
import { onEnvelope } from './envelope.js';
import { refuse } from './error.js';
import type { Hand } from './hand.js';
import type { Job } from './job.js';
import { observeLease, prepareLease } from './lease.js';
import { observeManual, prepareManual } from './manual.js';
import { secretIn, secretPlaceIn } from '../model/secret-reference.js';
import { onCertificate } from './certificate.js';
import { onBmc } from './on-bmc.js';
import { onIntegration } from './integration.js';
import { onEnforcer } from './on-enforcer.js';
import type { Planned } from './plan-check.js';
import { shielded } from './shield.js';
import { changingLogin } from './change-login.js';
import { makingAccount } from './make-account.js';
import { removingAccount } from './remove-account.js';
import { onVault } from './vault.js';
import { withIpmiPassword } from './ipmi-password.js';
import { withNewSecret } from './rotation.js';
import { withOldSecret } from './refusal.js';
import { withShownSecret } from './shown-secret.js';

/** Finds what carries an operation out on its subject, for as long as the work takes. The kinds that exist; no other ever reads as done. */
export async function inHand<T>(
  job: Job,
  { plan, operation, section }: Planned,
  effect: Effect,
  work: (hand: Hand) => Promise<T>,
): Promise<T> {
  const { order, series, claims, deps } = job;
  const { send } = operation;
  const { subject } = order;
  const { lifts, sets } = liftIn(section);
  const locks = (order.release === null ? sets : lifts).includes(operation.n);
  const common = { order, operation, effect, locks, series, claims, shield: shielded(job.signal), now: () => deps.now() };
  const alone = { ...common, session: null };
  switch (send.kind) {
    case 'redfish':
    case 'redfish-each':
    case 'download':
    case 'access-rules':
    case 'dead-token':
      if (subject.kind !== 'bmc') return refuse('UNSUPPORTED_KIND', `operations of kind ${send.kind} act on a BMC, not on ${subject.name}`);
      if (send.kind === 'redfish' && secretIn(send.body) !== null) {
        const withSecret = secretPlaceIn(send.body)?.place === 'password' ? withNewSecret : withShownSecret;
        return withSecret(job, await deps.target(order.incident, subject.target), alone, send, plan.identity, work);
      }
      return onBmc(job, await deps.target(order.incident, subject.target), common, send, plan.identity, work);
    case 'network':
    case 'probe':
      if (subject.kind !== 'enforcer')
        return refuse('UNSUPPORTED_KIND', `operations of kind ${send.kind} act on an enforcer, not on a BMC`);
      return onEnforcer(job, subject.name, common, send, plan.identity, work);
    case 'lease':
      if (subject.kind !== 'bmc') return refuse('UNSUPPORTED_KIND', 'only a target has a lease');
      return work({
        bench: alone,
        requireDevice: nothing,
        prepare: () => prepareLease(job, alone, send),
        observe: () => observeLease(job, send),
      });
    case 'manual':
      return work({
        bench: alone,
        requireDevice: nothing,
        prepare: () => prepareManual(job, alone),
        observe: () => observeManual(job, alone),
      });
    case 'vault':
    case 'envelope':
    case 'refusal': {
      if (subject.kind !== 'bmc') return refuse('UNSUPPORTED_KIND', `operations of kind ${send.kind} are about a BMC's secrets`);
      const target = await deps.target(order.incident, subject.target);
      if (send.kind === 'envelope') return onEnvelope(job, target, alone, send, work);
      return send.kind === 'vault' ? onVault(job, target, alone, send, work) : withOldSecret(job, target, alone, send, plan.identity, work);
    }
    case 'account': {
      if (subject.kind !== 'bmc') return refuse('UNSUPPORTED_KIND', 'only a target has accounts');
      const about = { job, target: await deps.target(order.incident, subject.target), bench: alone, identity: plan.identity };
      if (send.act === 'make') return makingAccount(about, send, work);
      return send.act === 'remove' ? removingAccount(about, send, work) : changingLogin(about, send, work);
    }
    case 'certificate':
      if (subject.kind !== 'bmc') return refuse('UNSUPPORTED_KIND', 'only a BMC is given a certificate');
      return onCertificate(job, await deps.target(order.incident, subject.target), alone, send, plan.identity, work);
    case 'integration':
      if (subject.kind !== 'bmc') return refuse('UNSUPPORTED_KIND', 'integrations are renewed for a BMC that holds their secrets');
      return onIntegration(job, alone, send, work);
    case 'ipmi': {
      if (subject.kind !== 'bmc') return refuse('UNSUPPORTED_KIND', 'only a BMC has users');
      const target = await deps.target(order.incident, subject.target);
      if (target.protocol !== 'ipmi') return refuse('UNSUPPORTED_KIND', `${target.id} is not spoken to over IPMI`);
      return withIpmiPassword(job, target, alone, send, plan.identity, work);
    }
    case 'upload':
    case 'wait':
      return refuse('UNSUPPORTED_KIND', `operations of kind ${send.kind} are not built yet`);
  }
}

/** Nothing leaves for the device. */
function nothing(): Promise<void> {
  return Promise.resolve();
}
