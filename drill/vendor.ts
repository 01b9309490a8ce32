import { at, textAt, type JsonObject } from './json.js';

/** What a maker asks of a password, unless its resources say otherwise, and what a new one does. */
interface Passwords {
  readonly min: number;
  readonly max: number;
  /** How many of upper case, lower case, digits and others it must have. */
  readonly classes: number;
  /** How often a character may stand in a row; null where any number of times. */
  readonly repeats: number | null;
  /** The user's name, also backwards, is no password. */
  readonly namesRefused: boolean;
  readonly badLength: string;
  readonly badContent: string;
  /** Which sessions of its account a new password ends; `others` spares the one in which it was set. Known of bmcweb alone: each of the three has to be met somewhere. */
  readonly ends: 'others' | 'all' | 'none';
  /** After how many failed logins an account is locked, and the rest of it in seconds; an iDRAC and an iLO have a way of their own. */
  readonly lockout: { readonly threshold: number; readonly duration: number; readonly resetAfter: number };
}

/** How one maker's BMCs behave, as data. What differs in shape (sessions, log entries) branches on `name`. */
export interface Vendor {
  readonly name: 'dell' | 'hpe' | 'lenovo' | 'supermicro' | 'openbmc' | 'generic';
  /** Class of the target in an inventory. */
  readonly class: string;
  /** `slots`: a fixed number of members, changed by PATCH only. `create-delete`: POST and DELETE. */
  readonly accounts: 'slots' | 'create-delete';
  /** How many slots there are, and the first that can be used; null where accounts come and go. */
  readonly slots: { readonly count: number; readonly first: number } | null;
  readonly passwords: Passwords;
  /** Whether a session shows from which address it was opened. */
  readonly showsAddresses: boolean;
  /** Whether logs and sessions are listed with the newest first. */
  readonly newestFirst: boolean;
  /** Log entries on one page; null where all come in one answer. */
  readonly page: number | null;
  /** What clearing a log does to its numbering, and the message that it leaves. */
  readonly clear: { readonly numbering: 'goes-on' | 'restarts'; readonly messageId: string };
  /** Whether sessions are still there after a reset of the BMC. */
  readonly sessionsSurviveReset: boolean;
  /** When a new certificate is served: at once, after a reset that somebody asks for, or after one that it makes by itself. Null where none can be installed. */
  readonly certificates: 'at-once' | 'after-reset' | 'starts-again' | null;
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
    // Slot 1 cannot be used.
    slots: { count: 16, first: 2 },
    passwords: {
      min: 8,
      max: 40,
      // Its attributes say.
      classes: 0,
      repeats: null,
      namesRefused: false,
      badLength: 'IDRAC.2.7.SYS474',
      badContent: 'IDRAC.2.7.SYS474',
      ends: 'none',
      lockout: { threshold: 0, duration: 0, resetAfter: 0 },
    },
    showsAddresses: true,
    newestFirst: true,
    page: 50,
    clear: { numbering: 'restarts', messageId: 'IDRAC.2.7.SEL0004' },
    sessionsSurviveReset: false,
    certificates: 'after-reset',
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
    slots: null,
    passwords: {
      min: 8,
      max: 39,
      classes: 0,
      repeats: null,
      namesRefused: false,
      badLength: 'iLO.2.23.InvalidPasswordLength',
      badContent: 'iLO.2.23.InvalidPasswordComplexity',
      ends: 'others',
      lockout: { threshold: 0, duration: 0, resetAfter: 0 },
    },
    showsAddresses: true,
    newestFirst: false,
    page: null,
    // EventNumber goes on over a clear.
    clear: { numbering: 'goes-on', messageId: '33.4' },
    sessionsSurviveReset: false,
    certificates: 'starts-again',
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
  lenovo: {
    name: 'lenovo',
    class: 'lenovo-xcc',
    accounts: 'slots',
    // XCC 2 takes POST and DELETE; the older one, which is played here, does not (the Allow header decides for lenovo's own scripts).
    slots: { count: 12, first: 1 },
    passwords: {
      min: 10,
      max: 32,
      classes: 3,
      repeats: 2,
      namesRefused: true,
      badLength: 'PropertyValueFormatError',
      badContent: 'PropertyValueFormatError',
      ends: 'none',
      lockout: { threshold: 5, duration: 3600, resetAfter: 3600 },
    },
    showsAddresses: false,
    newestFirst: true,
    page: null,
    clear: { numbering: 'goes-on', messageId: 'FQXSPEM4000I' },
    sessionsSurviveReset: false,
    certificates: 'after-reset',
    // bmclib providers/redfish/lenovo.go.
    sessionLimit: 16,
    sessionLimitError: {
      status: 503,
      messageId: 'Base.1.8.SessionLimitExceeded',
      message: 'The session establishment failed due to the number of simultaneous sessions exceeding the limit of the implementation.',
    },
    // 428 without If-Match, 412 with a stale one.
    ifMatch: 'required',
    etags: 'strong-in-body',
    messages: { registry: 'Base.1.8', code: 'Base.1.8.GeneralError' },
    accountPatchStatus: 200,
    loginRefused: 'ResourceAtUriUnauthorized',
    notFound: 'ResourceMissingAtURI',
  },
  supermicro: {
    name: 'supermicro',
    class: 'supermicro',
    accounts: 'create-delete',
    slots: null,
    passwords: {
      min: 8,
      max: 20,
      classes: 3,
      repeats: null,
      namesRefused: true,
      badLength: 'PropertyValueFormatError',
      badContent: 'PropertyValueFormatError',
      ends: 'all',
      lockout: { threshold: 3, duration: 300, resetAfter: 300 },
    },
    showsAddresses: false,
    newestFirst: false,
    page: null,
    clear: { numbering: 'restarts', messageId: 'SMC.1.0.MEL-0061' },
    sessionsSurviveReset: false,
    certificates: 'starts-again',
    sessionLimit: null,
    sessionLimitError: {
      status: 503,
      messageId: 'Base.1.10.SessionLimitExceeded',
      message: 'The session establishment failed due to the number of simultaneous sessions exceeding the limit of the implementation.',
    },
    ifMatch: 'honoured',
    etags: 'strong-in-body',
    messages: { registry: 'Base.1.10', code: 'Base.v1_10_3.GeneralError' },
    accountPatchStatus: 200,
    loginRefused: 'ResourceAtUriUnauthorized',
    notFound: 'ResourceMissingAtURI',
  },
  openbmc: {
    name: 'openbmc',
    class: 'openbmc',
    accounts: 'create-delete',
    slots: null,
    passwords: {
      min: 8,
      max: 20,
      classes: 0,
      repeats: null,
      namesRefused: false,
      badLength: 'PropertyValueFormatError',
      badContent: 'PropertyValueFormatError',
      ends: 'others',
      lockout: { threshold: 5, duration: 300, resetAfter: 0 },
    },
    showsAddresses: true,
    newestFirst: false,
    page: null,
    clear: { numbering: 'restarts', messageId: 'OpenBMC.0.4.EventLogCleared' },
    // bmcweb keeps sessions, token and all, in its own file.
    sessionsSurviveReset: true,
    certificates: 'at-once',
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
    slots: null,
    passwords: {
      min: 8,
      max: 40,
      classes: 0,
      repeats: null,
      namesRefused: false,
      badLength: 'PropertyValueFormatError',
      badContent: 'PropertyValueFormatError',
      ends: 'others',
      lockout: { threshold: 3, duration: 300, resetAfter: 300 },
    },
    showsAddresses: true,
    newestFirst: false,
    // As AMI pages: ?$skip=75.
    page: 75,
    clear: { numbering: 'restarts', messageId: 'Platform.1.0.LogCleared' },
    sessionsSurviveReset: false,
    certificates: null,
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
  if (textAt(serviceRoot, 'Vendor') === 'Lenovo') return VENDORS.lenovo;
  if (at(serviceRoot, 'Oem', 'Supermicro') !== undefined || textAt(serviceRoot, 'Vendor') === 'Supermicro') return VENDORS.supermicro;
  return VENDORS.openbmc;
}
