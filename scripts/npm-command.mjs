/** How npm is started from a script: the npm that started the script, or else the one on the PATH. */
export const npmCommand = (...args) => {
  const running = process.env.npm_execpath;
  return running === undefined ? ['npm', ...args] : [process.execPath, running, ...args];
};
