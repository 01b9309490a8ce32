import { NOTICE_EVENTS } from '../../model/notice.js';

/** What puts a field right, by its name; shown beneath the problem. */
export const FIXES: Readonly<Record<string, string>> = {
  address: 'write the BMC as its own TLS server answers, for example https://10.20.0.11; over IPMI, ipmi://10.20.0.11',
  ca: 'put the PEM certificate of the authority into ca/NAME.pem and write `ca: NAME.pem`',
  reason: 'write why this BMC needs an old TLS version, or take the minimum away',
  pin: 'write `pin: null` until somebody has compared the key; take it on a trusted path: `openssl s_client -connect HOST:443 </dev/null | openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | sha256sum`',
  secret:
    "write vault://file/NAME and put the credential into the worker's secret store; if a password stood here, it is burned: change it",
  keys: 'copy it from `gpg --list-keys --with-colons` (people) or hash the key text (allow)',
  addresses: 'write an address or a network in CIDR form, for example 10.20.0.0/24; names are not looked up',
  version: 'write `version: 1`',
  indicators: 'docs/hunt.md has an example of each kind',
  protocol: 'write `protocol: redfish`, or `protocol: ipmi` for a BMC that speaks nothing else',
  ipmi: 'write `ipmi: { reason: TEXT }`: why this BMC may be spoken to over IPMI',
  url: 'write https://HOST/PATH; when the path is itself a secret, put it into the secret store and write `path: vault://file/NAME`',
  events: `leave it out to be told of everything, or list some of: ${NOTICE_EVENTS.join(', ')}`,
  from: 'write the bare address, for example cofferdam@example.org',
  to: 'write a list of bare addresses, for example [oncall@example.org]',
  notifications:
    'docs/notifications.md has one example of each kind; a mail server is reached with `tls: starttls` or `tls: implicit`, never without',
  certificateAuthority: 'docs/certificates.md has an example of each kind',
  stores: 'docs/vaults.md has an example of each kind',
  integrations: 'docs/integrations.md has an example; a target lists the names of those whose secrets it holds',
  engine: 'write `address: 127.0.0.1:7233` and `namespace: cofferdam`',
};
