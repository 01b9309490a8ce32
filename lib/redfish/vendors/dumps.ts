/** Where a BMC keeps the result of the last time, by action: fixed paths that no resource lists, so that it can be fetched before it is replaced. */
export const LAST_RESULTS: ReadonlyMap<string, string> = new Map([
  // iDRAC-Redfish-Scripting SupportAssistCollectionLocalREDFISH.
  ['delllcservice.supportassistcollection', '/redfish/v1/Dell/sacollect.zip'],
]);

/** Where a manager links to a job queue of its vendor's own, beside TaskService and JobService: paths of properties. */
export const JOB_QUEUES: readonly (readonly string[])[] = [
  // Dell iDRAC9.
  ['Links', 'Oem', 'Dell', 'Jobs'],
];

/** Where an update service links to a queue of updates that wait. */
export const UPDATE_QUEUES: readonly (readonly string[])[] = [
  // HPE iLO 5 and later.
  ['Oem', 'Hpe', 'UpdateTaskQueue'],
];
