#pragma once
#include <mpi.h>

#include "kernels/data_type.hpp"

/// Private to collectives/mpi: our types and reductions in MPI's terms.
namespace longhaul::mpi {

/// MPI has no floats of 8 and 16 bits: those are bytes to it, as many as an element has. Made at first use, MPI's to
/// free when it ends.
MPI_Datatype type_of(DataType type);

/// For elements of `type`; the floats that MPI lacks are combined by kernels/reduce.hpp. avg adds; who holds the sum
/// divides it.
MPI_Op op_of(ReduceOp op, DataType type);

}  // namespace longhaul::mpi
