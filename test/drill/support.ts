import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Fleet, FleetTarget } from '../../drill/fleet.js';

const MOCKUPS = process.env['COFFERDAM_MOCKUPS'] ?? join(import.meta.dirname, '../../../shared/mockups');

/** Folders of captured trees; none where they are not at hand, and then a line says so. */
export const captured: readonly string[] = existsSync(MOCKUPS) ? readdirSync(MOCKUPS).map((name) => join(MOCKUPS, name)) : [];
if (captured.length === 0) process.stderr.write(`no captured trees in ${MOCKUPS} (COFFERDAM_MOCKUPS): only a tree of our own is tested\n`);

/** The fleet's first BMC of a class that starts so. */
export function targetOf(fleet: Fleet, kind: string): FleetTarget {
  const found = fleet.targets.find((target) => target.class.startsWith(kind));
  if (found === undefined) throw new Error(`no ${kind} in the fleet`);
  return found;
}

/** Writes the tree of our own into a new folder, which the caller removes. */
export function makeTree(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-tree-'));
  for (const [uri, body] of Object.entries(OWN)) {
    const file = join(folder, uri, 'index.json');
    mkdirSync(dirname(file), { recursive: true });
    // The odd spacing is the point: bytes, not values, are served.
    writeFileSync(file, `${JSON.stringify(body, null, 3)} \n`);
  }
  return folder;
}

/** A tree as small as one can be, in Dell's shape, so that tree serving is tested everywhere. */
const OWN: Readonly<Record<string, unknown>> = {
  '/redfish/v1': {
    Vendor: 'Dell',
    AccountService: { '@odata.id': '/redfish/v1/AccountService' },
    Links: { Sessions: { '@odata.id': '/redfish/v1/SessionService/Sessions' } },
  },
  '/redfish/v1/AccountService': { Accounts: { '@odata.id': '/redfish/v1/AccountService/Accounts' } },
  '/redfish/v1/AccountService/Accounts': {
    Members: [1, 2, 3, 4, 5].map((n) => ({ '@odata.id': `/redfish/v1/AccountService/Accounts/${n}` })),
  },
  '/redfish/v1/AccountService/Accounts/1': { UserName: '', Enabled: false, RoleId: 'None' },
  '/redfish/v1/AccountService/Accounts/2': { UserName: 'root', Enabled: true, RoleId: 'Administrator' },
  '/redfish/v1/AccountService/Accounts/3': { UserName: '', Enabled: false, RoleId: 'None' },
  '/redfish/v1/AccountService/Accounts/4': { UserName: '', Enabled: false, RoleId: 'None' },
  '/redfish/v1/AccountService/Accounts/5': { UserName: '', Enabled: false, RoleId: 'None' },
  '/redfish/v1/AccountService/Roles': {
    Members: ['Administrator', 'None'].map((role) => ({ '@odata.id': `/redfish/v1/AccountService/Roles/${role}` })),
  },
  '/redfish/v1/SessionService': { SessionTimeout: 1800 },
  '/redfish/v1/SessionService/Sessions': { Members: [{ '@odata.id': '/redfish/v1/SessionService/Sessions/7' }], Name: 'Sessions' },
  '/redfish/v1/SessionService/Sessions/7': { Id: '7', UserName: 'root', ClientOriginIPAddress: '192.0.2.9' },
  '/redfish/v1/EventService/Subscriptions': { Members: [{ '@odata.id': '/redfish/v1/EventService/Subscriptions/3' }] },
  '/redfish/v1/EventService/Subscriptions/3': { Destination: 'https://siem.example.net/', SubscriptionType: 'RedfishEvent' },
  '/redfish/v1/Slots': { 'Members@odata.nextLink': '/redfish/v1/Slots?$skip=50' },
  '/redfish/v1/Slots?$skip=50': { Members: [] },
  '/redfish/v1/Gone': { error: { '@Message.ExtendedInfo': [{ MessageId: 'IDRAC.2.7.SYS403' }] } },
};
