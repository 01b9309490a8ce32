import type { AccessSetting, Lookalike } from './setting.js';

const CAPTURE = 'NVIDIA/libredfish tests/mockups/nvidia_gb200 (GB200 NVL, 24.12-8)';

export const OPENBMC_ACCESS: readonly AccessSetting[] = [
  {
    kind: 'trust',
    name: 'certificate in the trust store',
    uri: '/redfish/v1/Managers/*/Truststore/Certificates',
    each: true,
    path: ['CertificateString'],
    source: `${CAPTURE}, Managers/BMC_0/Truststore; openbmc/bmcweb redfish-core/lib/certificate_service.hpp`,
  },
];

export const OPENBMC_LOOKALIKES: readonly Lookalike[] = [
  {
    what: 'account',
    name: /^[A-Za-z0-9]{16}$/,
    only: ['Redfish', 'WebUI'],
    why: 'the host makes such accounts for itself over the host interface',
    source: `${CAPTURE}, AccountService/Accounts: AccountTypes Redfish and WebUI alone, two of them`,
  },
];
