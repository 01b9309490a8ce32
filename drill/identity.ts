import { createPrivateKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { pinOf, signingRequest, type Certificate } from './certificate.js';
import { keyOf } from './content.js';
import { at, isObject, memberUris, parseObject, textAt, type JsonObject } from './json.js';
import { jsonReply, messageReply, type Reply } from './reply.js';
import { stamped, type Resources } from './resources.js';

const HTTPS_CERT = '/redfish/v1/Managers/1/SecurityService/HttpsCert';
const ILO = 'iLO.2.23';

interface Made {
  readonly key: KeyObject;
  readonly csr: string;
  readonly readyAt: number;
}

/** How one BMC comes to its TLS key: it makes it, tells a request for a certificate, and serves what it is then given. The key itself is in no resource. */
export class Identity {
  readonly #resources: Resources;
  readonly #lateMs: number;
  #current: Certificate | null = null;
  #address = '';
  /** From then on the BMC shows what it serves, also where a captured tree showed something else. */
  #renewed = false;
  #made: Made | null = null;
  /** Given, and served after the next start. */
  #waiting: Certificate | null = null;
  /** Firmware that takes the certificate's URI as text alone, as an iDRAC up to 5.00. */
  uriIsText = false;
  /** False: a request is for the key that is served already. */
  makesKeys = true;
  /** True: a request is told by the monitor of a task, in the end. */
  tellsByTask = false;
  /** False: a new certificate is answered with success and forgotten. */
  takes = true;

  constructor(resources: Resources, lateMs: number) {
    this.#resources = resources;
    this.#lateMs = lateMs;
  }

  begin(certificate: Certificate, address: string): void {
    this.#current = certificate;
    this.#address = address;
  }

  /** What new connections are shown; null before {@link Identity.begin}. */
  get current(): Certificate | null {
    return this.#current;
  }

  /** After a start of the BMC. */
  started(): void {
    if (this.#waiting === null) return;
    this.#current = this.#waiting;
    this.#waiting = null;
    this.#renewed = true;
    for (const uri of [this.#member(), HTTPS_CERT]) if (this.#resources.json(uri) !== null) this.#resources.touch(uri);
  }

  /** Answers the actions that make a key and install a certificate; null for any other. `reset` starts the BMC again. */
  act(uri: string, text: string, reset: () => void): Reply | null {
    const [, service = '', action = ''] = /^(.+)\/Actions\/\w+\.(GenerateCSR|ReplaceCertificate|ImportCertificate)\/?$/i.exec(uri) ?? [];
    const offered = isObject(
      at(this.#resources.json(service) ?? undefined, 'Actions', `#${uri.split('/Actions/')[1]?.replace(/\/$/, '') ?? ''}`),
    );
    if (!offered) return null;
    const body = parseObject(text) ?? {};
    const ilo = keyOf(service) === keyOf(HTTPS_CERT);
    if (action === 'GenerateCSR') return ilo ? this.#requestOfIlo(body) : this.#request(body);
    return ilo ? this.#import(body, reset) : this.#replace(body, reset);
  }

  /** The resource of the certificate that is served, and an iLO's, which tells the request too; null for any other. */
  view(uri: string): JsonObject | null {
    if (!/\/certificates\/[^/]+$|\/httpscert$/.test(keyOf(uri))) return null;
    const own = this.#current === null ? null : this.#resources.json(uri);
    if (own === null || this.#current === null) return null;
    const generated = own['CertificateString'] === '' || own['CertificateSigningRequest'] === null;
    if (!generated && !this.#renewed && this.#made === null) return null;
    const { subject, issuer, validFrom, validTo, serialNumber } = new X509Certificate(this.#current.cert);
    const dates = { ValidNotBefore: new Date(validFrom).toISOString(), ValidNotAfter: new Date(validTo).toISOString() };
    if (keyOf(uri) === keyOf(HTTPS_CERT)) {
      const ready = this.#made !== null && this.#made.readyAt <= Date.now();
      const shown = { Issuer: issuer, SerialNumber: serialNumber, Subject: subject, ...dates };
      const csr = ready ? (this.#made?.csr ?? null) : null;
      return stamped({ ...own, CertificateSigningRequest: csr, X509CertificateInformation: shown }, this.#resources.vendor);
    }
    if (keyOf(uri) !== keyOf(this.#member())) return null;
    const names = { Subject: { CommonName: nameIn(subject) }, Issuer: { CommonName: nameIn(issuer) } };
    return stamped({ ...own, CertificateString: this.#current.cert, ...names, ...dates }, this.#resources.vendor);
  }

  #request(body: JsonObject): Reply {
    const collection = textAt(body, 'CertificateCollection', '@odata.id');
    if (textAt(body, 'CommonName') === '' || collection === '') return this.#missing();
    const { csr } = this.#make(textAt(body, 'CommonName'), 0);
    return jsonReply(200, { CertificateCollection: { '@odata.id': collection }, CSRString: csr });
  }

  /** An iLO takes up to ten minutes and tells the request in the resource. */
  #requestOfIlo(body: JsonObject): Reply {
    if (textAt(body, 'CommonName') === '') return this.#missing();
    this.#make(textAt(body, 'CommonName'), this.#lateMs);
    return messageReply(this.#resources.vendor, 200, `${ILO}.GeneratingCertificate`);
  }

  #make(commonName: string, lateMs: number): Made {
    const own = this.makesKeys ? null : this.#current;
    const key = own === null ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey : createPrivateKey(own.key);
    this.#made = { key, csr: signingRequest(key, commonName, this.#address), readyAt: Date.now() + lateMs };
    return this.#made;
  }

  #replace(body: JsonObject, reset: () => void): Reply {
    const { vendor } = this.#resources;
    const uri = this.uriIsText ? textAt(body, 'CertificateUri') : textAt(body, 'CertificateUri', '@odata.id');
    if (uri === '' || textAt(body, 'CertificateType') !== 'PEM') return this.#missing();
    if (keyOf(uri) !== keyOf(this.#member())) return messageReply(vendor, 400, 'ResourceNotFound', 'There is no such certificate.');
    const given = this.#certificateOf(textAt(body, 'CertificateString'));
    if (given === null) {
      const id = vendor.name === 'dell' ? 'IDRAC.2.7.RAC0160' : 'PropertyValueFormatError';
      return messageReply(vendor, 400, id, 'The certificate is none, or not of the key that was made for it.');
    }
    this.#install(given, reset);
    return vendor.name === 'dell'
      ? messageReply(
          vendor,
          200,
          'IDRAC.2.7.LC077',
          'Reset iDRAC to apply new certificate. Until iDRAC is reset old certificate will be active',
        )
      : messageReply(vendor, 200, 'Success', 'The request completed successfully.');
  }

  #import(body: JsonObject, reset: () => void): Reply {
    const { vendor } = this.#resources;
    if (this.#made === null) return messageReply(vendor, 400, `${ILO}.ImportCertFailCSRMissing`);
    const given = this.#certificateOf(textAt(body, 'Certificate'));
    if (given === null) return messageReply(vendor, 400, `${ILO}.ImportCertificateFailed`);
    this.#install(given, reset);
    return messageReply(vendor, 200, `${ILO}.ImportCertSuccessfuliLOResetinProgress`);
  }

  #install(given: Certificate, reset: () => void): void {
    this.#made = null;
    if (this.takes) this.#waiting = given;
    const { certificates } = this.#resources.vendor;
    if (certificates === 'at-once') this.started();
    else if (certificates === 'starts-again') reset();
  }

  /** Null unless it is a certificate of the key that was made last. */
  #certificateOf(cert: string): Certificate | null {
    const made = this.#made;
    if (made === null) return null;
    try {
      const first = new X509Certificate(cert);
      if (!first.checkPrivateKey(made.key)) return null;
      return { key: made.key.export({ type: 'pkcs8', format: 'pem' }).toString(), cert, pin: pinOf(first.publicKey) };
    } catch {
      return null;
    }
  }

  /** The certificate of the web server. */
  #member(): string {
    const [manager = ''] = memberUris(this.#resources.json('/redfish/v1/Managers'));
    const [first = ''] = memberUris(this.#resources.json(`${manager}/NetworkProtocol/HTTPS/Certificates`));
    return first;
  }

  #missing(): Reply {
    return messageReply(this.#resources.vendor, 400, 'ActionParameterMissing', 'A required parameter is missing.');
  }
}

function nameIn(distinguished: string): string {
  return /^CN=(.*)$/m.exec(distinguished)?.[1] ?? '';
}
