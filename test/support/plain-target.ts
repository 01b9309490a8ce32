import { digest, id } from '../../lib/model/json.js';
import type { Allowed, RedfishTarget } from '../../lib/model/site.js';

const NOTHING: Allowed = { accounts: [], sessions: [], addresses: [], subscriptions: [], keys: [] };

/** A target of which a test minds nothing but what is allowed there. */
export function plainTarget(allow: Partial<Allowed> = {}): RedfishTarget {
  return {
    id: id('bmc-1'),
    address: 'https://127.0.0.1',
    protocol: 'redfish',
    zone: id('zone-a'),
    pin: digest('0'.repeat(64)),
    identity: { serial: 'S', uuid: 'U' },
    secret: 'vault://file/bmc-1',
    host: 'node-1',
    class: 'test',
    usedBy: [],
    failureDomain: 'rack-1',
    allow: { ...NOTHING, ...allow },
  };
}
