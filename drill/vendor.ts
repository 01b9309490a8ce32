import { at, textAt, type JsonObject } from './json.js';

/** How one maker's BMCs behave, as data. What differs in shape (sessions, log entries) branches on `name`. */
export interface Vendor {
  readonly name: 'dell' | 'hpe' | 'openbmc' | 'generic';
  /** Class of the target in an inventory. */
  readonly class: string;
  /** `slots`: 16 fixed members, changed by PATCH only. `create-delete`: POST and DELETE. */
  readonly accounts: 'slots' | 'create-delete';
  /** Sessions at once; null where no cap is known. */
  readonly sessionLimit: number | null;
  /** The answer to a login over the limit. */
  readonly sessionLimitError: { readonly status: number; readonly messageId: string; readonly message: string };
  /** What a PATCH does with If-Match: nothing, 412 for a stale one, or also 428 without one. */
  readonly ifMatch: 'ignored' | 'honoured' | 'required';
  /** Where entity tags are seen: weak ones in body and header, header only, or only on the few bodies that carry one. */
  readonly etags: 'weak-in-body' | 'strong-in-body' | 'header' | 'few';
  readonly messages: { readonly registry: string; readonly code: string | null };
  readonly accountPatchStatus: 200 | 204;
  /** Message ids of a refused login and of a missing resource. */
  readonly loginRefused: string;
  readonly notFound: string;
}

export const VENDORS: Readonly<Record<Vendor['name'], Vendor>> = {
  dell: {
    name: 'dell',
    class: 'dell-idrac9',
    accounts: 'slots',
    // WebServer.1.MaxNumberOfSessions of an iDRAC9.
    sessionLimit: 8,
    sessionLimitError: {
      status: 503,
      messageId: 'IDRAC.2.7.RAC0218',
      message: 'The maximum number of user sessions is reached.',
    },
    ifMatch: 'honoured',
    etags: 'few',
    messages: { registry: 'Base.1.12', code: 'Base.1.12.GeneralError' },
    accountPatchStatus: 200,
    loginRefused: 'ResourceAtUriUnauthorized',
    notFound: 'ResourceMissingAtURI',
  },
  hpe: {
    name: 'hpe',
    class: 'hpe-ilo6',
    accounts: 'create-delete',
    // iLO's limit is not published; a small one is found out soon.
    sessionLimit: 12,
    sessionLimitError: { status: 400, messageId: 'Base.1.18.SessionLimitExceeded', message: '' },
    ifMatch: 'honoured',
    etags: 'weak-in-body',
    messages: { registry: 'Base.1.18', code: 'iLO.0.10.ExtendedInfo' },
    accountPatchStatus: 200,
    loginRefused: 'iLO.2.23.UnauthorizedLoginAttempt',
    notFound: 'ResourceMissingAtURI',
  },
  openbmc: {
    name: 'openbmc',
    class: 'openbmc',
    accounts: 'create-delete',
    sessionLimit: null,
    sessionLimitError: {
      status: 503,
      messageId: 'Base.1.18.1.SessionLimitExceeded',
      message: 'The session establishment failed due to the number of simultaneous sessions exceeding the limit of the implementation.',
    },
    // bmcweb reads If-None-Match only.
    ifMatch: 'ignored',
    etags: 'header',
    messages: { registry: 'Base.1.18.1', code: null },
    accountPatchStatus: 204,
    loginRefused: 'ResourceAtUriUnauthorized',
    notFound: 'ResourceNotFound',
  },
  generic: {
    name: 'generic',
    class: 'generic-bmc',
    accounts: 'create-delete',
    sessionLimit: 16,
    sessionLimitError: {
      status: 503,
      messageId: 'Base.1.8.SessionLimitExceeded',
      message: 'The session establishment failed due to the number of simultaneous sessions exceeding the limit of the implementation.',
    },
    // As XCC and AMI: 428 without If-Match.
    ifMatch: 'required',
    etags: 'strong-in-body',
    messages: { registry: 'Base.1.8', code: 'Base.1.8.GeneralError' },
    accountPatchStatus: 200,
    loginRefused: 'ResourceAtUriUnauthorized',
    notFound: 'ResourceMissingAtURI',
  },
};

/** Whose behaviour a captured tree asks for, read from its service root. */
export function vendorOf(serviceRoot: JsonObject): Vendor {
  if (at(serviceRoot, 'Oem', 'Dell') !== undefined || textAt(serviceRoot, 'Vendor') === 'Dell') return VENDORS.dell;
  if (at(serviceRoot, 'Oem', 'Hpe') !== undefined || textAt(serviceRoot, 'Vendor') === 'HPE') return VENDORS.hpe;
  return VENDORS.openbmc;
}
