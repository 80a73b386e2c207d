#pragma once
#include <mpi.h>

#include <algorithm>
#include <cstddef>

#include "collectives/device.hpp"
#include "collectives/mpi/check.hpp"
#include "collectives/mpi/types.hpp"
#include "kernels/data_type.hpp"

/// Private to collectives/mpi: what its files share about MPI's own types.
namespace longhaul::mpi {

/// Memory of the device's that grows to the most ever asked for, so that timed calls find it there. Contents do not
/// survive growing.
class Scratch {
 public:
  explicit Scratch(Device& device) : device_(device) {}
  std::byte* at_least(std::size_t bytes) {
    if (bytes > bytes_ || !memory_) {
      memory_ = device_.scratch(bytes);
      bytes_ = bytes;
    }
    return static_cast<std::byte*>(memory_.get());
  }
  /// What works on such memory, and on a call's buffers: nothing else may.
  Device& device() { return device_; }

 private:
  Device& device_;
  Buffer memory_{nullptr, nullptr};
  std::size_t bytes_ = 0;
};

/// A communicator of some of the ranks, freed with it; errors are returned on it. Empty for a rank that is not in it.
class Lane {
 public:
  Lane() = default;
  /// Ranks that give the same colour share a lane, in the order of their keys. MPI_UNDEFINED: in none.
  Lane(MPI_Comm parent, int colour, int key, const MpiCheck& check) : check_(&check) {
    check(MPI_Comm_split(parent, colour, key, &comm_), "MPI_Comm_split");
    if (comm_ == MPI_COMM_NULL) return;
    check(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    MPI_Comm_rank(comm_, &rank_);
    MPI_Comm_size(comm_, &size_);
  }
  ~Lane() {
    if (comm_ != MPI_COMM_NULL) MPI_Comm_free(&comm_);
  }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  MPI_Comm comm() const { return comm_; }
  int rank() const { return rank_; }
  int size() const { return size_; }
  bool empty() const { return comm_ == MPI_COMM_NULL; }
  const MpiCheck& check() const { return *check_; }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 0;
  const MpiCheck* check_ = nullptr;
};

/// Call piece(first element, elements) for pieces of at most `chunk` elements; once with 0 elements when there are
/// none, so that a call of 0 bytes still reaches the library.
template <class Piece>
void in_pieces(std::size_t count, std::size_t chunk, Piece&& piece) {
  std::size_t done = 0;
  do {
    const std::size_t length = std::min(chunk, count - done);
    piece(done, static_cast<int>(length));
    done += length;
  } while (done < count);
}

/// A piece of each of several equal blocks that lie `block` elements apart: item i of this type is the piece of block
/// i.
class PieceOfBlocks {
 public:
  PieceOfBlocks(DataType type, std::size_t block, int piece, const MpiCheck& check) {
    MPI_Datatype plain = MPI_DATATYPE_NULL;
    check(MPI_Type_contiguous(piece, type_of(type), &plain), "MPI_Type_contiguous");
    check(MPI_Type_create_resized(plain, 0, static_cast<MPI_Aint>(block * size_of(type)), &type_),
          "MPI_Type_create_resized");
    MPI_Type_free(&plain);
    check(MPI_Type_commit(&type_), "MPI_Type_commit");
  }
  ~PieceOfBlocks() { MPI_Type_free(&type_); }
  PieceOfBlocks(const PieceOfBlocks&) = delete;
  PieceOfBlocks& operator=(const PieceOfBlocks&) = delete;

  MPI_Datatype get() const { return type_; }

 private:
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

}  // namespace longhaul::mpi
