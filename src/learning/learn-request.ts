/** What people say to have the bot learn the thread they are in; it is nothing to learn itself. Pure. */
export function isLearnRequest(text: string): boolean {
  return /^learn (?:this|this thread|the thread)[.!]?$/iu.test(text.trim());
}
