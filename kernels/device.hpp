#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/averaging.hpp"
#include "kernels/data_type.hpp"

struct CUstream_st;

/// The kernels on device memory. Each is put on a stream and returns at once; cudaGetLastError tells whether the launch
/// was accepted. The meaning of the arguments is that of the host's functions of the same name.
namespace longhaul::device {

using Stream = CUstream_st*;

void fill_copied(Stream stream, void* data, DataType type, std::size_t count, int rank, std::uint64_t first,
                 unsigned round);
void fill_reduced(Stream stream, void* data, DataType type, std::size_t count, ReduceOp op, int rank, int ranks,
                  std::uint64_t first, unsigned round);

/// In device memory; verifications add to it. Emptied by the caller: count 0, first all ones.
struct Tally {
  unsigned long long count, first;  ///< wrong elements; the first of them, as an element of `data`
};
void verify_copied(Stream stream, const void* data, DataType type, std::size_t count, int rank, std::uint64_t first,
                   unsigned round, Tally* tally);
void verify_reduced(Stream stream, const void* data, DataType type, std::size_t count, ReduceOp op, int ranks,
                    std::uint64_t first, unsigned round, Averaging averaging, Tally* tally);

void reduce(Stream stream, void* into, const void* from, DataType type, std::size_t count, ReduceOp op);
void divide(Stream stream, void* data, DataType type, std::size_t count, int ranks);
void load(Stream stream, float* values, std::size_t count, unsigned steps);

}  // namespace longhaul::device
