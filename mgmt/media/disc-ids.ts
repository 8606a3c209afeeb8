/**
 * Media whose .discinfo says neither system nor version, by the id in its first line: the time at
 * which they were composed.
 */
const discs: Readonly<Record<string, readonly string[]>> = {
  centos6: ['1310229985.226287'],
  'centos6.2': ['1323560292.885204'],
  'centos6.3': ['1341569670.539525'],
  'centos6.4': ['1362445555.957609'],
  'centos6.5': ['1385726732.061157'],
  'rhels5.8': ['1328205744.315196'],
  'rhels5.9': ['1354216429.587870', '1354214009.518521'],
  rhels6: ['1285193176.460470', '1285192093.430930'],
  'rhels6.1': ['1305068199.328169', '1305067911.467189'],
  'rhels6.2': ['1321546114.510099', '1321546739.676170'],
  'rhels6.3': ['1339640147.274118', '1339641244.734735'],
  'rhels6.4': ['1359576752.435900', '1359576196.686790'],
  'rhels6.5': ['1384196515.415715', '1384198011.520581'],
};

const names = new Map(
  Object.entries(discs).flatMap(([name, ids]) => ids.map((id) => [id, name] as const)),
);

/** The system of a medium that is known by its id. */
export function nameOfDisc(id: string): string | undefined {
  return names.get(id);
}
