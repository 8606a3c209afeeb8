import { expect, test } from 'vitest';
import { diskIds } from '../../../../agent/machine/disk-ids.ts';

test.for([
  [{ serial: 'disk 1' }, ['virtio-disk_1']],
  [
    { wwid: 'eui.0025385b', 'device/model': 'Samsung SSD 970  ', 'device/serial': 'S4EV/1' },
    ['nvme-eui.0025385b', 'nvme-Samsung_SSD_970_S4EV_1'],
  ],
  [{ 'device/wwid': 'naa.5000c500a1b2c3d4' }, ['wwn-0x5000c500a1b2c3d4', 'scsi-35000c500a1b2c3d4']],
  [
    { 'device/wwid': 't10.ATA     QEMU HARDDISK                           QM00001' },
    ['ata-QEMU_HARDDISK_QM00001'],
  ],
  [{ 'device/wwid': '../../naa.0; x' }, []],
  [{}, []],
] as const)('%j has the names of udev', async ([attributes, expected]) => {
  const text = async (file: string) =>
    Object.entries(attributes).find(([name]) => name === file)?.[1] ?? '';
  expect(await diskIds(text)).toEqual(expected);
});
