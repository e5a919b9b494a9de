/** What stands in a picture for the code of the first operator, which is another one each time. */
export const shownCode = '7f3kq9x2m4v8c1b6n0w5t2r9hd';
