/** The places of the notebook's server that this page asks for others: as in bridge/places.py. */
const NAME = "[A-Za-z0-9_-]{1,100}";
const ASKED: Record<string, RegExp> = {
  GET: RegExp(`^api/(status|terminals|kernelspecs|sessions(/${NAME})?)$`),
  POST: /^api\/(terminals|sessions)$/,
  DELETE: RegExp(`^api/(terminals|sessions)/${NAME}$`),
};
const OPENED = [
  /^colabwidget\/through\?socket=[A-Za-z0-9._~%-]{1,1000}$/,
  RegExp(`^terminals/websocket/${NAME}$`),
  RegExp(`^api/kernels/${NAME}/channels\\?session_id=[0-9a-f]{32}$`),
];

export const mayAsk = (method: string, place: string): boolean =>
  Object.hasOwn(ASKED, method) && ASKED[method]!.test(place);

export const mayOpen = (place: string): boolean => OPENED.some((each) => each.test(place));
