import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** How much more than what is in use the heap may become before it is collected, in percent. */
const growth = 40;
/** The space of young objects, both halves, in bytes. */
const young = 16 * 2 ** 20;
/** Objects of a piece, of some 100 KB; the space is large enough after a hundred. */
const piece = 5000;
const mostPieces = 1000;

/**
 * Keeps the heap near what is in use. V8 lets it grow to several times that, and the space of young
 * objects to 128 MB: after a storm the machine room's garbage would stay in memory. A tenth more
 * time goes to collecting. V8 reads both flags at each collection, so they may be set this late.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${growth}`);
  fillYoung();
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** V8 doubles the space while much in it survives; smaller than this, it is collected all the time. */
function fillYoung(): void {
  const alive: object[][] = [];
  while (sizeOfYoung() < young && alive.length < mostPieces) {
    alive.push(Array.from({ length: piece }, () => ({})));
  }
}

function sizeOfYoung(): number {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return space?.space_size ?? young;
}
