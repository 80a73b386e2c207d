#pragma once
#include <string>

namespace longhaul::doubles {

/// One planned fault: LONGHAUL_DOUBLE_FAULT=KIND:RANK:NUMBER. RANK is that in the first communicator; NUMBER counts
/// its collective calls from 1 (a group's parts each count).
///   fail   the call returns ncclSystemError
///   async  from that call on ncclCommGetAsyncError tells of ncclRemoteError, and nothing completes
///   hang   the call never returns
///   block  the call returns when its communicator is aborted, and not before
///   stall  the call returns, its work never completes
///   linger the NUMBERth communicator that ends does so when it is aborted, and not before
///   kill   the process is killed
///   flip   one bit of that result is wrong; NUMBER 0: of every result. LONGHAUL_DOUBLE_FLIP_AT=ELEMENT: that element's
///          highest byte, else the first byte
///   slow   each call's work takes NUMBER ms longer
///   absent the rank never comes to the first communicator (NUMBER unused)
struct Fault {
  std::string kind;
  int rank = -1;
  long number = 0;
};
const Fault& planned_fault();

/// LONGHAUL_DOUBLE_NCCL_FAIL=FUNCTION:NUMBER, or FUNCTION:NUMBER:RANK where one rank's only is meant: true for that
/// call of that function, counted in each process from 1, which then answers ncclSystemError. Known to
/// ncclCommInitRankConfig, ncclCommSplit, ncclCommRegister, ncclCommWindowRegister, ncclMemAlloc and ncclGroupEnd.
bool planned_failure(const char* function);
/// This process's rank in its first communicator, for the above.
void note_first_rank(int rank);

}  // namespace longhaul::doubles
