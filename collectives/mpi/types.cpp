#include "collectives/mpi/types.hpp"

#include <array>

#include "kernels/reduce.hpp"

namespace longhaul::mpi {
namespace {

MPI_Datatype bytes_type(int bytes) {
  MPI_Datatype type = MPI_DATATYPE_NULL;
  MPI_Type_contiguous(bytes, MPI_BYTE, &type);
  MPI_Type_commit(&type);
  return type;
}

template <DataType type, ReduceOp op>
void combine(void* from, void* into, int* count, MPI_Datatype*) {
  reduce(into, from, type, static_cast<std::size_t>(*count), op);
}

template <DataType type, ReduceOp op>
MPI_Op own_op() {
  static const auto made = [] {
    MPI_Op handle = MPI_OP_NULL;
    MPI_Op_create(&combine<type, op>, 1, &handle);
    return handle;
  }();
  return made;
}

template <DataType type>
MPI_Op own_op(ReduceOp op) {
  switch (op) {
    case ReduceOp::prod: return own_op<type, ReduceOp::prod>();
    case ReduceOp::min: return own_op<type, ReduceOp::min>();
    case ReduceOp::max: return own_op<type, ReduceOp::max>();
    case ReduceOp::sum:
    case ReduceOp::avg: break;
  }
  return own_op<type, ReduceOp::sum>();
}

MPI_Op plain_op(ReduceOp op) {
  switch (op) {
    case ReduceOp::prod: return MPI_PROD;
    case ReduceOp::min: return MPI_MIN;
    case ReduceOp::max: return MPI_MAX;
    case ReduceOp::sum:
    case ReduceOp::avg: break;
  }
  return MPI_SUM;
}

}  // namespace

MPI_Datatype type_of(DataType type) {
  switch (type) {
    case DataType::int8: return MPI_INT8_T;
    case DataType::uint8: return MPI_UINT8_T;
    case DataType::int32: return MPI_INT32_T;
    case DataType::uint32: return MPI_UINT32_T;
    case DataType::int64: return MPI_INT64_T;
    case DataType::uint64: return MPI_UINT64_T;
    case DataType::float32: return MPI_FLOAT;
    case DataType::float64: return MPI_DOUBLE;
    case DataType::float16:
    case DataType::bfloat16:
    case DataType::float8_e4m3:
    case DataType::float8_e5m2: break;
  }
  static const auto one = bytes_type(1), two = bytes_type(2);
  return size_of(type) == 1 ? one : two;
}

MPI_Op op_of(ReduceOp op, DataType type) {
  switch (type) {
    case DataType::float16: return own_op<DataType::float16>(op);
    case DataType::bfloat16: return own_op<DataType::bfloat16>(op);
    case DataType::float8_e4m3: return own_op<DataType::float8_e4m3>(op);
    case DataType::float8_e5m2: return own_op<DataType::float8_e5m2>(op);
    default: return plain_op(op);
  }
}

}  // namespace longhaul::mpi
