import { at, textAt, type JsonObject } from './json.js';
import type { Vendor } from './vendor.js';
import { DELL } from './vendors/dell.js';
import { GENERIC } from './vendors/generic.js';
import { HPE } from './vendors/hpe.js';
import { LENOVO } from './vendors/lenovo.js';
import { OPENBMC } from './vendors/openbmc.js';
import { SUPERMICRO } from './vendors/supermicro.js';

export const VENDORS: Readonly<Record<Vendor['name'], Vendor>> = {
  dell: DELL,
  hpe: HPE,
  lenovo: LENOVO,
  supermicro: SUPERMICRO,
  openbmc: OPENBMC,
  generic: GENERIC,
};

/** Whose behaviour a captured tree asks for, read from its service root. */
export function vendorOf(serviceRoot: JsonObject): Vendor {
  if (at(serviceRoot, 'Oem', 'Dell') !== undefined || textAt(serviceRoot, 'Vendor') === 'Dell') return VENDORS.dell;
  if (at(serviceRoot, 'Oem', 'Hpe') !== undefined || textAt(serviceRoot, 'Vendor') === 'HPE') return VENDORS.hpe;
  if (textAt(serviceRoot, 'Vendor') === 'Lenovo') return VENDORS.lenovo;
  if (at(serviceRoot, 'Oem', 'Supermicro') !== undefined || textAt(serviceRoot, 'Vendor') === 'Supermicro') return VENDORS.supermicro;
  return VENDORS.openbmc;
}
