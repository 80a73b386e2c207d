#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

/// A thin layer over HDF5's C API: handles that close themselves, calls that throw, nothing printed by the library.
/// It knows nothing of results. Not thread-safe, as the library is not.
namespace longhaul::hdf5 {

/// What HDF5 said of a call that failed: what we wanted and the library's innermost message, in one line.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The library that runs, e.g. "1.10.8".
std::string library_version();

/// An HDF5 identifier and the duty to release it.
class Handle {
 public:
  Handle() = default;
  explicit Handle(std::int64_t id) : id_(id) {}
  Handle(Handle&& other) noexcept;
  Handle& operator=(Handle&& other) noexcept;
  ~Handle();
  std::int64_t id() const { return id_; }

 private:
  std::int64_t id_ = -1;
};

/// Element types a column may have. Text is variable-length UTF-8 and ends at a NUL byte.
enum class Type { int8, int32, int64, float64, text };

template <class T>
constexpr Type type_of();
template <>
constexpr Type type_of<std::int8_t>() {
  return Type::int8;
}
template <>
constexpr Type type_of<std::int32_t>() {
  return Type::int32;
}
template <>
constexpr Type type_of<std::int64_t>() {
  return Type::int64;
}
template <>
constexpr Type type_of<double>() {
  return Type::float64;
}
template <>
constexpr Type type_of<std::string>() {
  return Type::text;
}

/// Anything that carries attributes.
class Object {
 public:
  /// Text is of variable length (h5py gives that as str, fixed length as bytes); an empty text writes no attribute.
  void set_attribute(const std::string& name, const std::string& text);
  void set_attribute(const std::string& name, std::int64_t value);
  /// One-dimensional, of the type given: CF wants flag_masks in the type of their variable.
  void set_attribute(const std::string& name, Type type, std::span<const std::int32_t> values);
  bool has_attribute(const std::string& name) const;
  /// @throws Failure when it is missing or of another kind
  std::string text_attribute(const std::string& name) const;
  std::int64_t integer_attribute(const std::string& name) const;

 protected:
  Object() = default;
  explicit Object(std::int64_t id) : handle_(id) {}
  std::int64_t id() const { return handle_.id(); }

 private:
  Handle handle_;
};

/// A dataset of one or two dimensions.
class Dataset : public Object {
 public:
  /// Length of each dimension.
  std::vector<std::size_t> shape() const;

  /// Elements offset, offset + 1, … of a dataset of one dimension; all elements, row by row, of one with two.
  /// @throws Failure when the file holds another kind of elements (integers of another width are converted)
  template <class T>
  void write(std::size_t offset, std::span<const T> elements);
  template <class T>
  void read(std::size_t offset, std::span<T> elements) const;

  /// Make this the scale (netCDF: coordinate variable) of the dimension it is named after.
  void become_dimension_scale(const std::string& name);
  /// Say that this dataset's dimension number `index` is that scale's.
  void attach_scale(std::size_t index, const Dataset& scale);

 private:
  friend class Group;
  using Object::Object;
};

/// A group. Names are listed in the order in which they were created.
class Group : public Object {
 public:
  Group create_group(const std::string& name);
  Group group(const std::string& name) const;
  bool has(const std::string& name) const;
  std::vector<std::string> names() const;

  /// Long columns of numbers are chunked, shuffled and deflated; the others lie contiguously.
  Dataset create_dataset(const std::string& name, Type type, const std::vector<std::size_t>& shape);
  Dataset dataset(const std::string& name) const;
  /// A dimension that no variable describes: what netCDF writes for it, taking no room in the file.
  Dataset create_dimension(const std::string& name, std::size_t length);

 private:
  friend class File;
  using Object::Object;
};

/// A file that is built in memory, or opened for reading.
class File {
 public:
  /// A new file that lives in memory; image() is what is to be written. So the system calls that make it durable, and
  /// their errors, are the caller's: HDF5 1.10 cannot close a file whose disk is full.
  static File in_memory();
  /// @throws Failure when it is no HDF5 file, or a truncated one
  static File open(const std::filesystem::path& path);

  Group root() const;
  std::vector<std::byte> image() const;

 private:
  explicit File(std::int64_t id) : handle_(id) {}
  Handle handle_;
};

}  // namespace longhaul::hdf5
