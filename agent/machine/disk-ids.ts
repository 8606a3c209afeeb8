/**
 * The names of a disk in /dev/disk/by-id that udev would make, without udev. `text` reads an
 * attribute of the disk in /sys, '' if it has none.
 */
export async function diskIds(text: (file: string) => Promise<string>): Promise<string[]> {
  const [serial, wwid, deviceWwid, model, deviceSerial] = await Promise.all(
    ['serial', 'wwid', 'device/wwid', 'device/model', 'device/serial'].map(text),
  );
  const ids: string[] = [];
  if (serial) ids.push(`virtio-${plain(serial)}`);
  if (wwid) ids.push(`nvme-${plain(wwid)}`);
  if (wwid && model && deviceSerial) ids.push(`nvme-${plain(model)}_${plain(deviceSerial)}`);
  const naa = /^naa\.([0-9a-f]+)$/u.exec(deviceWwid ?? '')?.[1];
  if (naa !== undefined) ids.push(`wwn-0x${naa}`, `scsi-3${naa}`);
  // INQUIRY: 8 characters of vendor, 40 of model, the serial number.
  const ata = /^t10\.ATA\s+(.{1,40}?)\s{2,}(\S+)$/u.exec(deviceWwid ?? '');
  if (ata !== null) ids.push(`ata-${plain(ata[1] ?? '')}_${plain(ata[2] ?? '')}`);
  return ids;
}

/** What udev makes of a text in a file name. */
function plain(text: string): string {
  return text
    .trim()
    .replace(/\s+/gu, '_')
    .replace(/[^\w.:+@#-]/gu, '_');
}
