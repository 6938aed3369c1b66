/** What is fetched from the kernel once it has spoken: all that the form can do without. */
import { Failed } from "./components/Failed";
import { Session } from "./components/Session";

const parts = { Failed, Session };

export type Parts = typeof parts;

export default parts;
