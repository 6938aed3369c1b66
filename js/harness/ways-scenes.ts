/** The ways in, a tab each, through tunnels that need more than ssh. */
import { ALL_DONE, connected, withDesktop } from "./desktop-scenes";
import { click, type Scene, show, turn } from "./scene";
import {
  CLOUDFLARE_SSH,
  DESKTOP,
  details,
  DONE,
  JUMP,
  OWN_SERVER,
  PAIRED_SSH,
  QUICK_TUNNEL,
  SSH,
  state,
  TOOLS,
} from "./states";

export const WAYS_SCENES: Record<string, Scene> = {
  cloudflare: {
    messages: [
      state("connected", { ...connected, endpoint: QUICK_TUNNEL, steps: DONE }),
      details(CLOUDFLARE_SSH, 1, null, QUICK_TUNNEL),
    ],
  },
  "cloudflare-vscode": {
    messages: [
      state("connected", { ...connected, endpoint: QUICK_TUNNEL, steps: DONE }),
      details(CLOUDFLARE_SSH, 1, null, QUICK_TUNNEL),
    ],
    then: (cell) => click(cell, "tab-vscode"),
  },
  "cloudflare-desktop": {
    messages: [
      withDesktop("connected", ALL_DONE, 2),
      details(CLOUDFLARE_SSH, 2, DESKTOP, QUICK_TUNNEL),
    ],
    then: (cell) => click(cell, "tab-desktop"),
  },
  vscode: {
    messages: [state("connected", { ...connected, steps: DONE }), details()],
    then: (cell) => click(cell, "tab-vscode"),
  },
  putty: {
    messages: [
      state("connected", { ...connected, steps: DONE }),
      details({ ...SSH, tools: TOOLS }),
    ],
    then(cell) {
      const system = cell.querySelector<HTMLSelectElement>("[data-testid=system]");
      if (!system) return;
      system.value = "putty";
      system.dispatchEvent(new Event("change"));
    },
  },
  "vscode-jump": {
    messages: [
      state("connected", { ...connected, endpoint: JUMP, steps: DONE }),
      details({ ...SSH, command: `ssh -J ${JUMP.jump} -p 40123 colab@localhost` }, 1, null, JUMP),
    ],
    then: (cell) => click(cell, "tab-vscode"),
  },
  pairing: {
    messages: [
      state("connected", { ...connected, endpoint: OWN_SERVER, steps: DONE }),
      details(PAIRED_SSH, 1, null, OWN_SERVER),
    ],
  },
  bridge: {
    messages: [
      state("connected", { ...connected, endpoint: OWN_SERVER, steps: DONE }),
      details(PAIRED_SSH, 1, null, OWN_SERVER),
    ],
    async then(cell) {
      await show(cell, "details-toggle");
      for (const each of cell.querySelectorAll("details")) {
        each.open = each.dataset.testid === "bridge";
      }
      await turn();
    },
  },
  "pairing-vscode": {
    messages: [
      state("connected", { ...connected, endpoint: OWN_SERVER, steps: DONE }),
      details(PAIRED_SSH, 1, null, OWN_SERVER),
    ],
    then: (cell) => click(cell, "tab-vscode"),
  },
  "pairing-desktop": {
    messages: [withDesktop("connected", ALL_DONE, 2), details(PAIRED_SSH, 2, DESKTOP, OWN_SERVER)],
    then: (cell) => click(cell, "tab-desktop"),
  },
  jump: {
    messages: [
      state("connected", { ...connected, endpoint: JUMP, steps: DONE }),
      details({ ...SSH, command: `ssh -J ${JUMP.jump} -p 40123 colab@localhost` }, 1, null, JUMP),
    ],
  },
};
