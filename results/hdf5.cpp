#include "results/hdf5.hpp"

#include <fmt/format.h>
#include <hdf5.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <type_traits>
#include <utility>

namespace longhaul::hdf5 {
namespace {

static_assert(std::is_same_v<hid_t, std::int64_t>, "Handle keeps identifiers as int64, which HDF5 has done since 1.10");

/// Elements from which a column is worth compressing, and elements of one chunk.
constexpr std::size_t kLong = 4096;
constexpr std::size_t kChunk = 65536;
constexpr unsigned kDeflateLevel = 1;  // level 1 with shuffle gets most of the gain at a third of level 6's time

/// An object's path, looked up only when a message needs it.
struct ObjectName {
  std::int64_t id;
};

std::string text_of(ObjectName object) {
  const auto length = H5Iget_name(object.id, nullptr, 0);
  if (length <= 0) return "?";
  std::string name(static_cast<std::size_t>(length), '\0');
  H5Iget_name(object.id, name.data(), name.size() + 1);
  return name;
}

}  // namespace
}  // namespace longhaul::hdf5

template <>
struct fmt::formatter<longhaul::hdf5::ObjectName> : fmt::formatter<std::string> {
  auto format(longhaul::hdf5::ObjectName object, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(text_of(object), context);
  }
};

namespace longhaul::hdf5 {
namespace {

herr_t keep_message(unsigned, const H5E_error2_t* error, void* kept) {
  if (error->desc && *error->desc) *static_cast<std::string*>(kept) = error->desc;
  return 0;
}

/// Walking downward ends at the innermost function, which knows the reason.
std::string innermost_message() {
  std::string message;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_message, &message);
  H5Eclear2(H5E_DEFAULT);
  return message.empty() ? "HDF5 gave no reason" : message;
}

/// The value of an HDF5 call, which is negative when it failed.
template <class Value, class... Words>
Value checked(Value value, fmt::format_string<Words...> what, Words&&... words) {
  if (value < 0) {
    const auto reason = innermost_message();  // before the words are looked up, which may call HDF5
    throw Failure(fmt::format("{}: {}", fmt::format(what, std::forward<Words>(words)...), reason));
  }
  return value;
}

void silence() {
  static const herr_t once = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static_cast<void>(once);
}

Handle text_type() {
  Handle type(checked(H5Tcopy(H5T_C_S1), "cannot make a text type"));
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  H5Tset_strpad(type.id(), H5T_STR_NULLTERM);
  return type;
}

/// Little-endian in the file, so that one file is the same bytes everywhere.
Handle type_in_file(Type type) {
  switch (type) {
    case Type::int8: return Handle(H5Tcopy(H5T_STD_I8LE));
    case Type::int32: return Handle(H5Tcopy(H5T_STD_I32LE));
    case Type::int64: return Handle(H5Tcopy(H5T_STD_I64LE));
    case Type::float64: return Handle(H5Tcopy(H5T_IEEE_F64LE));
    case Type::text: break;
  }
  return text_type();
}

Handle type_in_memory(Type type) {
  switch (type) {
    case Type::int8: return Handle(H5Tcopy(H5T_NATIVE_INT8));
    case Type::int32: return Handle(H5Tcopy(H5T_NATIVE_INT32));
    case Type::int64: return Handle(H5Tcopy(H5T_NATIVE_INT64));
    case Type::float64: return Handle(H5Tcopy(H5T_NATIVE_DOUBLE));
    case Type::text: break;
  }
  return text_type();
}

const char* name_of(Type type) {
  switch (type) {
    case Type::int8:
    case Type::int32:
    case Type::int64: return "integers";
    case Type::float64: return "floating-point numbers";
    case Type::text: break;
  }
  return "variable-length text";
}

/// HDF5 converts integers of any width, but would also turn floats into integers without a word.
void require_kind(std::int64_t dataset, Type wanted) {
  const Handle type(checked(H5Dget_type(dataset), "cannot see the type of {}", ObjectName{dataset}));
  const H5T_class_t kind = H5Tget_class(type.id());
  const bool fits = wanted == Type::text      ? kind == H5T_STRING && H5Tis_variable_str(type.id()) > 0
                    : wanted == Type::float64 ? kind == H5T_FLOAT
                                              : kind == H5T_INTEGER;
  if (!fits) throw Failure(fmt::format("{} does not hold {}", ObjectName{dataset}, name_of(wanted)));
}

std::vector<hsize_t> shape_of(std::int64_t dataset) {
  const Handle space(checked(H5Dget_space(dataset), "cannot see the shape of {}", ObjectName{dataset}));
  const int rank = H5Sget_simple_extent_ndims(space.id());
  std::vector<hsize_t> shape(static_cast<std::size_t>(std::max(rank, 0)));
  if (rank > 0) H5Sget_simple_extent_dims(space.id(), shape.data(), nullptr);
  return shape;
}

/// The file's and the memory's view of one block of elements.
struct Block {
  Handle in_file, in_memory;
};

Block block_of(std::int64_t dataset, std::size_t offset, std::size_t count) {
  Block block{Handle(checked(H5Dget_space(dataset), "cannot see the shape of {}", ObjectName{dataset})), {}};
  const hsize_t start = offset, length = count;
  block.in_memory = Handle(checked(H5Screate_simple(1, &length, nullptr), "cannot describe {} elements", count));
  if (H5Sget_simple_extent_ndims(block.in_file.id()) == 1)
    checked(H5Sselect_hyperslab(block.in_file.id(), H5S_SELECT_SET, &start, nullptr, &length, nullptr),
            "cannot select elements of {}", ObjectName{dataset});
  return block;
}

/// By default HDF5 clears two 1 MiB buffers for every call that converts text: far more than a short column holds.
Handle transfer_of(std::size_t count) {
  constexpr std::size_t reference = 64,
                        most = 1 << 20;  // bytes, in file or memory, of one text's reference, generously
  Handle transfer(checked(H5Pcreate(H5P_DATASET_XFER), "cannot describe a transfer"));
  H5Pset_buffer(transfer.id(), std::clamp(count * reference, reference, most), nullptr, nullptr);
  return transfer;
}

/// Column storage: long numeric columns compress well, and chunks let them be read in parts.
Handle storage_of(Type type, const std::vector<std::size_t>& shape) {
  Handle creation(checked(H5Pcreate(H5P_DATASET_CREATE), "cannot describe a column"));
  if (shape.size() == 1 && shape[0] >= kLong && type != Type::text) {
    const hsize_t chunk = std::min(shape[0], kChunk);
    H5Pset_chunk(creation.id(), 1, &chunk);
    H5Pset_shuffle(creation.id());
    H5Pset_deflate(creation.id(), kDeflateLevel);
  }
  return creation;
}

Handle ordered_links(hid_t kind) {
  Handle creation(checked(H5Pcreate(kind), "cannot describe a group"));
  H5Pset_link_creation_order(creation.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  return creation;
}

herr_t add_name(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

void write_attribute(std::int64_t object, const std::string& name, const Handle& in_file, const Handle& in_memory,
                     const Handle& space, const void* value) {
  const Handle attribute(checked(H5Acreate2(object, name.c_str(), in_file.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT),
                                 "cannot create the attribute '{}'", name));
  checked(H5Awrite(attribute.id(), in_memory.id(), value), "cannot write the attribute '{}'", name);
}

Handle open_attribute(std::int64_t object, const std::string& name, H5T_class_t kind) {
  Handle attribute(checked(H5Aopen(object, name.c_str(), H5P_DEFAULT), "no attribute '{}'", name));
  const Handle type(H5Aget_type(attribute.id()));
  const Handle space(H5Aget_space(attribute.id()));
  if (H5Tget_class(type.id()) != kind || H5Sget_simple_extent_npoints(space.id()) != 1)
    throw Failure(fmt::format("the attribute '{}' is not one {}", name, kind == H5T_STRING ? "text" : "integer"));
  return attribute;
}

}  // namespace

Handle::Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)) {}

Handle& Handle::operator=(Handle&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

Handle::~Handle() {
  if (id_ >= 0) H5Idec_ref(id_);
}

// ---- attributes

void Object::set_attribute(const std::string& name, const std::string& text) {
  if (text.empty()) return;
  const Handle type = text_type();
  const Handle space(checked(H5Screate(H5S_SCALAR), "cannot describe a scalar"));
  const char* characters = text.c_str();
  write_attribute(id(), name, type, type, space, &characters);
}

void Object::set_attribute(const std::string& name, std::int64_t value) {
  const Handle space(checked(H5Screate(H5S_SCALAR), "cannot describe a scalar"));
  write_attribute(id(), name, type_in_file(Type::int64), type_in_memory(Type::int64), space, &value);
}

void Object::set_attribute(const std::string& name, Type type, std::span<const std::int32_t> values) {
  const hsize_t length = values.size();
  const Handle space(checked(H5Screate_simple(1, &length, nullptr), "cannot describe {} elements", values.size()));
  write_attribute(id(), name, type_in_file(type), type_in_memory(Type::int32), space, values.data());
}

bool Object::has_attribute(const std::string& name) const {
  return checked(H5Aexists(id(), name.c_str()), "cannot look for the attribute '{}'", name) > 0;
}

std::string Object::text_attribute(const std::string& name) const {
  const Handle attribute = open_attribute(id(), name, H5T_STRING);
  const Handle type(H5Aget_type(attribute.id()));
  if (H5Tis_variable_str(type.id()) > 0) {
    char* text = nullptr;
    checked(H5Aread(attribute.id(), text_type().id(), &text), "cannot read the attribute '{}'", name);
    std::string copy = text ? text : "";
    H5free_memory(text);
    return copy;
  }
  std::string text(H5Tget_size(type.id()), '\0');
  checked(H5Aread(attribute.id(), type.id(), text.data()), "cannot read the attribute '{}'", name);
  return text.substr(0, text.find('\0'));
}

std::int64_t Object::integer_attribute(const std::string& name) const {
  const Handle attribute = open_attribute(id(), name, H5T_INTEGER);
  std::int64_t value = 0;
  checked(H5Aread(attribute.id(), H5T_NATIVE_INT64, &value), "cannot read the attribute '{}'", name);
  return value;
}

// ---- datasets

std::vector<std::size_t> Dataset::shape() const {
  const auto lengths = shape_of(id());
  return {lengths.begin(), lengths.end()};
}

template <class T>
void Dataset::write(std::size_t offset, std::span<const T> elements) {
  if (elements.empty()) return;
  const Block block = block_of(id(), offset, elements.size());
  const Handle type = type_in_memory(type_of<T>());
  const void* data = elements.data();
  std::vector<const char*> texts;
  if constexpr (std::is_same_v<T, std::string>) {
    texts.reserve(elements.size());
    for (const auto& text : elements) texts.push_back(text.c_str());
    data = texts.data();
  }
  checked(H5Dwrite(id(), type.id(), block.in_memory.id(), block.in_file.id(), transfer_of(elements.size()).id(), data),
          "cannot write {}", ObjectName{id()});
}

template <class T>
void Dataset::read(std::size_t offset, std::span<T> elements) const {
  require_kind(id(), type_of<T>());
  if (elements.empty()) return;
  const Block block = block_of(id(), offset, elements.size());
  const Handle type = type_in_memory(type_of<T>());
  const auto in_memory = block.in_memory.id(), in_file = block.in_file.id();
  const auto read_into = [&type, in_memory, in_file, elements, this](void* data) {
    checked(H5Dread(id(), type.id(), in_memory, in_file, transfer_of(elements.size()).id(), data), "cannot read {}",
            ObjectName{id()});
  };
  if constexpr (std::is_same_v<T, std::string>) {
    std::vector<char*> texts(elements.size());
    read_into(texts.data());
    std::transform(texts.begin(), texts.end(), elements.begin(), [](const char* text) { return text ? text : ""; });
    H5Dvlen_reclaim(type.id(), in_memory, H5P_DEFAULT, texts.data());
  } else {
    read_into(elements.data());
  }
}

template void Dataset::write(std::size_t, std::span<const std::int8_t>);
template void Dataset::write(std::size_t, std::span<const std::int32_t>);
template void Dataset::write(std::size_t, std::span<const std::int64_t>);
template void Dataset::write(std::size_t, std::span<const double>);
template void Dataset::write(std::size_t, std::span<const std::string>);
template void Dataset::read(std::size_t, std::span<std::int8_t>) const;
template void Dataset::read(std::size_t, std::span<std::int32_t>) const;
template void Dataset::read(std::size_t, std::span<std::int64_t>) const;
template void Dataset::read(std::size_t, std::span<double>) const;
template void Dataset::read(std::size_t, std::span<std::string>) const;

void Dataset::become_dimension_scale(const std::string& name) {
  checked(H5DSset_scale(id(), name.c_str()), "cannot make '{}' a dimension", name);
}

void Dataset::attach_scale(std::size_t index, const Dataset& scale) {
  checked(H5DSattach_scale(id(), scale.id(), static_cast<unsigned>(index)), "cannot attach a dimension to {}",
          ObjectName{id()});
}

// ---- groups

Group Group::create_group(const std::string& name) {
  const Handle creation = ordered_links(H5P_GROUP_CREATE);
  return Group(checked(H5Gcreate2(id(), name.c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT),
                       "cannot create the group '{}'", name));
}

Group Group::group(const std::string& name) const {
  return Group(checked(H5Gopen2(id(), name.c_str(), H5P_DEFAULT), "no group '{}' in {}", name, ObjectName{id()}));
}

bool Group::has(const std::string& name) const {
  return checked(H5Lexists(id(), name.c_str(), H5P_DEFAULT), "cannot look for '{}'", name) > 0;
}

std::vector<std::string> Group::names() const {
  std::vector<std::string> names;
  checked(H5Literate(id(), H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, add_name, &names), "cannot list {}",
          ObjectName{id()});
  return names;
}

Dataset Group::create_dataset(const std::string& name, Type type, const std::vector<std::size_t>& shape) {
  const std::vector<hsize_t> lengths(shape.begin(), shape.end());
  const Handle space(checked(H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr),
                             "cannot describe the shape of '{}'", name));
  const Handle in_file = type_in_file(type);
  const Handle creation = storage_of(type, shape);
  return Dataset(
      checked(H5Dcreate2(id(), name.c_str(), in_file.id(), space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT),
              "cannot create the column '{}'", name));
}

Dataset Group::dataset(const std::string& name) const {
  return Dataset(checked(H5Dopen2(id(), name.c_str(), H5P_DEFAULT), "no column '{}' in {}", name, ObjectName{id()}));
}

Dataset Group::create_dimension(const std::string& name, std::size_t length) {
  const hsize_t lengths = length;
  const Handle space(checked(H5Screate_simple(1, &lengths, nullptr), "cannot describe the dimension '{}'", name));
  Dataset dimension(
      checked(H5Dcreate2(id(), name.c_str(), H5T_IEEE_F32BE, space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
              "cannot create the dimension '{}'", name));
  // The words by which netCDF-4 tells a bare dimension from a coordinate variable: netCDF-C, libhdf5/nc4hdf.c.
  dimension.become_dimension_scale(fmt::format("This is a netCDF dimension but not a netCDF variable.{:10}", length));
  return dimension;
}

// ---- files

File File::in_memory() {
  silence();
  constexpr std::size_t growth = 1 << 20;
  const Handle access(checked(H5Pcreate(H5P_FILE_ACCESS), "cannot describe a file"));
  H5Pset_fapl_core(access.id(), growth, false);
  H5Pset_sieve_buf_size(access.id(),
                        1);  // else 64 KiB are cleared for each column, most of the time a small file takes
  // The oldest superblock, which has no checksum: H5Fget_file_image clears a byte that newer ones checksum (1.10.8).
  H5Pset_libver_bounds(access.id(), H5F_LIBVER_EARLIEST, H5F_LIBVER_V18);
  const Handle creation = ordered_links(H5P_FILE_CREATE);
  // The name is never seen on disk; it must only differ from those of other open files.
  static int number = 0;
  const auto name = fmt::format("longhaul-in-memory-{}", ++number);
  return File(
      checked(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), "cannot create a file in memory"));
}

File File::open(const std::filesystem::path& path) {
  silence();
  const Handle access(checked(H5Pcreate(H5P_FILE_ACCESS), "cannot describe a file"));
  // Files are replaced whole by rename, so a reader needs no lock; and some cluster file systems refuse them.
  H5Pset_file_locking(access.id(), false, true);
  return File(checked(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), "cannot open it as HDF5"));
}

std::string library_version() {
  unsigned major = 0, minor = 0, release = 0;
  checked(H5get_libversion(&major, &minor, &release), "cannot ask for HDF5's version");
  return fmt::format("{}.{}.{}", major, minor, release);
}

Group File::root() const { return Group(checked(H5Gopen2(handle_.id(), "/", H5P_DEFAULT), "no root group")); }

std::vector<std::byte> File::image() const {
  checked(H5Fflush(handle_.id(), H5F_SCOPE_LOCAL), "cannot flush a file in memory");
  const auto size = checked(H5Fget_file_image(handle_.id(), nullptr, 0), "cannot size a file in memory");
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  checked(H5Fget_file_image(handle_.id(), bytes.data(), bytes.size()), "cannot copy a file in memory");
  return bytes;
}

}  // namespace longhaul::hdf5
