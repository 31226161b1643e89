/** Scripts of the plainest calls, to build others from. */
export const RINGING = `
  0 > INVITE
  20 < 100
  500 < 180
`;
export const ANSWERED = `${RINGING}
  3000 < 200
  3010 > ACK
`;
export const CALLER_BYE = `${ANSWERED}
  9000 > BYE
  9010 < 200 BYE
`;
export const CALLEE_BYE = `${ANSWERED}
  9000 < BYE
  9010 > 200 BYE
`;
export const CANCELLED = `${RINGING}
  4000 > CANCEL
  4005 < 200 CANCEL
  4010 < 487
  4012 > ACK fail
`;
