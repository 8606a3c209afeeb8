import { indexCluster } from '../../../../../mgmt/core/cluster.ts';
import { indexObjects, type Objects } from '../../../../../mgmt/core/objects/definition.ts';
import { type Given, tableRows } from '../../../../helpers/cluster.ts';

/** Objects without a database. */
export function objectsOf(given: Given): Objects {
  const rows = tableRows(given);
  return indexObjects(rows, indexCluster(rows));
}
