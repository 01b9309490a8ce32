import { faultsOf } from '../certificates/shown.js';
import type { CertificateSubject } from '../model/certificate.js';
import type { Json } from '../model/json.js';
import type { CertificateSend } from '../model/operation.js';
import { destroysOf } from '../operations/effect.js';
import { StepError } from './error.js';
import { lookAround } from './freeze/ground.js';
import { findWay, type Way } from './certificates/way.js';
import { oldVersions } from './certificates/tls.js';
import { finding, quoted, type Numberless, type Proposal, type SiteAuthority, type Survey } from './planning.js';
import { patientOperation } from './patient-operation.js';
import { unlocked } from './makers-lock.js';

/**
 * Gives the BMC's web server a new key, which the BMC makes and keeps, with a certificate of the site's authority, and requires that key from then on:
 * whoever had the old one can no longer answer in its name. One section, since a BMC that was given a certificate shows one of two keys until it is known which.
 */
export async function certificates(survey: Survey): Promise<Proposal> {
  const { served, authority = null, target } = survey;
  if (served === undefined) throw new StepError('UNREADABLE', 'what the handshake showed is not known');
  const ground = await lookAround(survey);
  const shown = await served();
  const faults = faultsOf({ chain: shown.chain, host: hostOf(target.address), authority: authority?.pem ?? null, now: Date.now() });
  const policy = await oldVersions(survey, ground, shown);
  const found = faults.map(({ code, what }) => finding(survey, code, shown.shown, `the certificate of the BMC ${what}`));
  const findings = [...found, ...stale(survey, shown.shown), ...policy.findings];
  const way = await findWay(survey, ground);
  const renewal = authority === null || way === null ? [] : renewing(subjectOf(target.address, authority), way);
  const [first, ...more] = [...renewal, ...policy.operations];
  const sections = first === undefined ? [] : [await unlocked(survey, ground, { operations: [first, ...more], always: [] })];
  const lacking = authority === null ? ('NO_AUTHORITY' as const) : way === null ? ('UNSUPPORTED' as const) : null;
  requireOneAuthority(survey, authority);
  return {
    findings,
    operations: [],
    sections,
    ...(lacking === null ? {} : { unsupported: lacking }),
  };
}

/** A certificate of one authority does not hold under another: the target would shut itself off. */
function requireOneAuthority({ target }: Survey, authority: SiteAuthority | null): void {
  const named = target.protocol === 'redfish' ? (target.tls?.ca ?? null) : null;
  if (authority !== null && named !== null && named !== authority.terms.ca)
    throw new StepError(
      'UNSUPPORTED',
      `${target.id} has to hold under ca/${named}, and the site's certificates are signed under ca/${authority.terms.ca}; bring tls.ca in line first`,
    );
}

/** After a renewal the zone requires the new key, whatever the inventory says: but others read that too. */
function stale(survey: Survey, shown: Parameters<typeof finding>[2]): Proposal['findings'] {
  const { required = null, inventory = null } = survey.pins ?? {};
  if (required === null || required === inventory) return [];
  const advice = `this zone requires the key ${required} of ${survey.target.id} since it was renewed; write that as its pin in inventory.yaml`;
  return [finding(survey, 'PIN_STALE', shown, advice)];
}

function hostOf(address: string): string {
  return new URL(address).hostname.replace(/^\[|\]$/g, '');
}

function subjectOf(address: string, { terms: { subject } }: SiteAuthority): CertificateSubject {
  const host = hostOf(address);
  return { ...subject, commonName: host, names: [host] };
}

function renewing(subject: CertificateSubject, way: Way): readonly Numberless[] {
  const { facts, reset } = way;
  const request: CertificateSend = {
    kind: 'certificate',
    act: 'request',
    uri: way.request,
    body: bodyOf(subject, way),
    subject,
    told: facts.told === null ? null : { uri: way.service, pointer: facts.told },
  };
  const install: CertificateSend = {
    kind: 'certificate',
    act: 'install',
    uri: way.install,
    body:
      facts.property === 'Certificate'
        ? {}
        : { CertificateType: 'PEM', CertificateUri: way.namedByText ? way.replaces : { '@odata.id': way.replaces } },
    property: facts.property,
    replaces: way.replaces,
    reset: reset !== null,
  };
  const dark = facts.served === 'restarts' ? 'bmc-dark' : 'none';
  const then = reset === null ? 'and see which key it serves' : 'which it serves after its reset';
  return [
    operation(request, `have the BMC make a new TLS key, and a request for a certificate for ${quoted(subject.commonName)}`),
    operation({ kind: 'certificate', act: 'sign' }, 'have that request signed by the authority of the site, and check what comes'),
    { ...operation(install, `give the BMC the certificate in place of ${way.replaces}, ${then}`), impact: dark },
    ...(reset === null
      ? []
      : [
          {
            ...operation(
              { kind: 'certificate', act: 'reset', uri: reset.uri, body: { ResetType: reset.type } },
              'reset the BMC, and see that it serves the new key',
            ),
            impact: 'bmc-dark' as const,
          },
        ]),
    operation(
      { kind: 'certificate', act: 'prove' },
      'log in where the new key is shown, and require that key from then on: the `pin` of this target in inventory.yaml is then to be changed',
    ),
  ];
}

function bodyOf(subject: CertificateSubject, { facts, collection }: Way): Json {
  const { organization, organizationalUnit, names, more } = facts.parameters;
  return {
    CommonName: subject.commonName,
    [organization]: subject.organization,
    [organizationalUnit]: subject.organizationalUnit,
    City: subject.city,
    State: subject.state,
    Country: subject.country,
    ...(names === null ? {} : { [names]: subject.names }),
    ...(collection === null ? {} : { CertificateCollection: { '@odata.id': collection } }),
    ...more,
  };
}

function operation(send: CertificateSend, line: string): Numberless {
  return { ...patientOperation(send, line), proof: { by: 'act', witness: 'handshake' }, destroys: destroysOf(send) };
}
