/** A click on Disconnect that asks first. */
import { connected } from "./desktop-scenes";
import { click, type Scene, turn } from "./scene";
import { details, DONE, ERROR, state } from "./states";

/** Clicks Disconnect, which the kernel refuses for that reason. */
function refused(reason: Partial<typeof ERROR>): NonNullable<Scene["then"]> {
  return async (cell, model) => {
    click(cell, "disconnect");
    await turn();
    const error = { ...ERROR, ...reason, link: "", field: "" };
    const reply = { request: model.last("disconnect")?.request, error };
    model.say(state("connected", { ...connected, steps: DONE }, { last_reply: reply }));
  };
}

export const REFUSED_SCENES: Record<string, Scene> = {
  question: {
    messages: [state("connected", { ...connected, steps: DONE }), details()],
    then: refused({
      code: "clients_connected",
      title: "Two people are signed in.",
      cause: "Disconnecting ends their sessions.",
      remedy: "",
    }),
  },
  "windows-open": {
    messages: [state("connected", { ...connected, steps: DONE }), details()],
    then: refused({
      code: "windows_open",
      title: "2 windows are open on the desktop.",
      cause:
        "What was not saved there would be lost: *thesis.txt - Mousepad; Terminal. One client is signed in over SSH, too.",
      remedy: "Save it first, or end the desktop anyway.",
    }),
  },
};
