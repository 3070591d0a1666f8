/** Which sockets carry the bytes: the reactor, or the runtime's own. */
export type Io = (typeof ios)[number];

/** Which of them is asked for; `auto`: the reactor where it can be had. */
export type IoSetting = "auto" | Io;

/** All that there are. */
export const ios = ["reactor", "runtime"] as const;
