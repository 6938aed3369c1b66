/** What is typed on the user's computer. */
export const BRIDGE_PAIR_COMMAND = "python -m colabwidget through pair --way page";
export const BRIDGE_COMMAND = "python -m colabwidget through bridge colabwidget";
