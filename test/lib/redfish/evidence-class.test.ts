import { expect, test } from 'vitest';
import { classOf } from '../../../lib/redfish/evidence-class.js';

test.each([
  ['/redfish/v1/SessionService/Sessions/1', 'sessions'],
  ['/redfish/v1/AccountService/Accounts/2/Keys/1', 'accounts'],
  ['/redfish/v1/AccountService/Roles/Operator', 'accounts'],
  ['/redfish/v1/Managers/iDRAC.Embedded.1/Accounts/3', 'accounts'],
  ['/redfish/v1/TaskService/Tasks/1', 'volatile-logs'],
  ['/redfish/v1/Systems/1/LogServices/Event/Entries?$skip=50', 'volatile-logs'],
  ['/redfish/v1/systems/1/logservices/event', 'volatile-logs'],
  ['/redfish/v1/Managers/bmc/LogServices/Journal/Entries', 'volatile-logs'],
  ['/redfish/v1/Managers/1/LogServices/IEL/Entries/5', 'logs'],
  ['/redfish/v1/EventService/Subscriptions/1', 'configuration'],
  ['/redfish/v1/UpdateService/FirmwareInventory/BMC', 'configuration'],
  ['/redfish/v1/Managers/1/LogServices', 'configuration'],
  ['/redfish/v1/Registries/Base', null],
  ['/redfish/v1/SchemaStore/en/Chassis.json', null],
  ['/redfish/v1/$metadata', null],
  ['/redfish/v1', null],
  ['/redfish', null],
])('%s is evidence of class %s', (uri, expected) => {
  expect(classOf(uri)).toBe(expected);
});
