//! The messages of Spark Connect that are sent and read here, with their tags.
//!
//! A part of `spark/connect/{base,relations,types}.proto`, written by hand: what is not here is skipped when it is read, as the
//! encoding allows. Of a `oneof` each case is a field that may be there. It says nothing of when a message is sent.

use bytes::Bytes;
use prost::{Enumeration, Message};

/// The service that all calls are of.
pub(super) const SERVICE: &str = "spark.connect.SparkConnectService";

/// A message without fields.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Empty {}

/// Who asks.
#[derive(Clone, PartialEq, Message)]
pub(super) struct UserContext {
    #[prost(string, tag = "1")]
    pub(super) user_id: String,
    #[prost(string, tag = "2")]
    pub(super) user_name: String,
}

/// What is to be run.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Plan {
    #[prost(message, optional, tag = "1")]
    pub(super) root: Option<Relation>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Relation {
    #[prost(message, optional, tag = "1")]
    pub(super) common: Option<RelationCommon>,
    #[prost(message, optional, tag = "10")]
    pub(super) sql: Option<Sql>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct RelationCommon {
    #[prost(int64, optional, tag = "2")]
    pub(super) plan_id: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Sql {
    #[prost(string, tag = "1")]
    pub(super) query: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ExecutePlanRequest {
    #[prost(string, tag = "1")]
    pub(super) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) user_context: Option<UserContext>,
    #[prost(message, optional, tag = "3")]
    pub(super) plan: Option<Plan>,
    #[prost(string, optional, tag = "4")]
    pub(super) client_type: Option<String>,
    #[prost(message, repeated, tag = "5")]
    pub(super) request_options: Vec<RequestOption>,
    #[prost(string, optional, tag = "6")]
    pub(super) operation_id: Option<String>,
    #[prost(string, repeated, tag = "7")]
    pub(super) tags: Vec<String>,
    #[prost(string, optional, tag = "8")]
    pub(super) observed_session_id: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct RequestOption {
    #[prost(message, optional, tag = "1")]
    pub(super) reattach_options: Option<ReattachOptions>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ReattachOptions {
    #[prost(bool, tag = "1")]
    pub(super) reattachable: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ReattachExecuteRequest {
    #[prost(string, tag = "1")]
    pub(super) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) user_context: Option<UserContext>,
    #[prost(string, tag = "3")]
    pub(super) operation_id: String,
    #[prost(string, optional, tag = "4")]
    pub(super) client_type: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub(super) last_response_id: Option<String>,
    #[prost(string, optional, tag = "6")]
    pub(super) observed_session_id: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ReleaseExecuteRequest {
    #[prost(string, tag = "1")]
    pub(super) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) user_context: Option<UserContext>,
    #[prost(string, tag = "3")]
    pub(super) operation_id: String,
    #[prost(string, optional, tag = "4")]
    pub(super) client_type: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(super) release_all: Option<Empty>,
    #[prost(message, optional, tag = "6")]
    pub(super) release_until: Option<ReleaseUntil>,
    #[prost(string, optional, tag = "7")]
    pub(super) observed_session_id: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ReleaseUntil {
    #[prost(string, tag = "1")]
    pub(super) response_id: String,
}

/// One message of the stream of a statement.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ExecutePlanResponse {
    #[prost(string, tag = "1")]
    pub(super) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) arrow_batch: Option<ArrowBatch>,
    #[prost(message, optional, tag = "7")]
    pub(super) schema: Option<DataType>,
    #[prost(string, tag = "12")]
    pub(super) operation_id: String,
    #[prost(string, tag = "13")]
    pub(super) response_id: String,
    #[prost(message, optional, tag = "14")]
    pub(super) result_complete: Option<Empty>,
    #[prost(string, tag = "15")]
    pub(super) server_side_session_id: String,
}

/// Rows, as a whole stream of Arrow IPC.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ArrowBatch {
    #[prost(int64, tag = "1")]
    pub(super) row_count: i64,
    #[prost(bytes = "bytes", tag = "2")]
    pub(super) data: Bytes,
    /// How many rows of the result stand before it.
    #[prost(int64, optional, tag = "3")]
    pub(super) start_offset: Option<i64>,
    /// Into how many messages its bytes were cut, which is not asked for.
    #[prost(int64, optional, tag = "5")]
    pub(super) num_chunks_in_batch: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ConfigRequest {
    #[prost(string, tag = "1")]
    pub(super) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) user_context: Option<UserContext>,
    #[prost(message, optional, tag = "3")]
    pub(super) operation: Option<ConfigOperation>,
    #[prost(string, optional, tag = "4")]
    pub(super) client_type: Option<String>,
    #[prost(string, optional, tag = "8")]
    pub(super) observed_session_id: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ConfigOperation {
    #[prost(message, optional, tag = "1")]
    pub(super) set: Option<ConfigSet>,
    #[prost(message, optional, tag = "2")]
    pub(super) get: Option<ConfigGet>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ConfigSet {
    #[prost(message, repeated, tag = "1")]
    pub(super) pairs: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ConfigGet {
    #[prost(string, repeated, tag = "1")]
    pub(super) keys: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct KeyValue {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, optional, tag = "2")]
    pub(super) value: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ConfigResponse {
    #[prost(message, repeated, tag = "2")]
    pub(super) pairs: Vec<KeyValue>,
    #[prost(string, tag = "4")]
    pub(super) server_side_session_id: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct AnalyzePlanRequest {
    #[prost(string, tag = "1")]
    pub(super) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) user_context: Option<UserContext>,
    #[prost(string, optional, tag = "3")]
    pub(super) client_type: Option<String>,
    #[prost(message, optional, tag = "10")]
    pub(super) spark_version: Option<Empty>,
    #[prost(string, optional, tag = "17")]
    pub(super) observed_session_id: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct AnalyzePlanResponse {
    #[prost(message, optional, tag = "8")]
    pub(super) spark_version: Option<SparkVersion>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SparkVersion {
    #[prost(string, tag = "1")]
    pub(super) version: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct InterruptRequest {
    #[prost(string, tag = "1")]
    pub(super) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) user_context: Option<UserContext>,
    #[prost(string, optional, tag = "3")]
    pub(super) client_type: Option<String>,
    #[prost(enumeration = "InterruptKind", tag = "4")]
    pub(super) interrupt_type: i32,
    #[prost(string, optional, tag = "6")]
    pub(super) operation_id: Option<String>,
    #[prost(string, optional, tag = "7")]
    pub(super) observed_session_id: Option<String>,
}

/// What an interrupt is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub(super) enum InterruptKind {
    Unspecified = 0,
    All = 1,
    Tag = 2,
    Operation = 3,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ReleaseSessionRequest {
    #[prost(string, tag = "1")]
    pub(super) session_id: String,
    #[prost(message, optional, tag = "2")]
    pub(super) user_context: Option<UserContext>,
    #[prost(string, optional, tag = "3")]
    pub(super) client_type: Option<String>,
}

/// The type of a column, or of a whole result.
#[derive(Clone, PartialEq, Message)]
pub(super) struct DataType {
    #[prost(
        oneof = "Kind",
        tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24, 25, 28"
    )]
    pub(super) kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Kind {
    #[prost(message, tag = "1")]
    Null(Empty),
    #[prost(message, tag = "2")]
    Binary(Empty),
    #[prost(message, tag = "3")]
    Boolean(Empty),
    #[prost(message, tag = "4")]
    Byte(Empty),
    #[prost(message, tag = "5")]
    Short(Empty),
    #[prost(message, tag = "6")]
    Integer(Empty),
    #[prost(message, tag = "7")]
    Long(Empty),
    #[prost(message, tag = "8")]
    Float(Empty),
    #[prost(message, tag = "9")]
    Double(Empty),
    #[prost(message, tag = "10")]
    Decimal(Decimal),
    #[prost(message, tag = "11")]
    String(Empty),
    #[prost(message, tag = "12")]
    Char(Length),
    #[prost(message, tag = "13")]
    VarChar(Length),
    #[prost(message, tag = "14")]
    Date(Empty),
    #[prost(message, tag = "15")]
    Timestamp(Empty),
    #[prost(message, tag = "16")]
    TimestampNtz(Empty),
    #[prost(message, tag = "17")]
    CalendarInterval(Empty),
    #[prost(message, tag = "18")]
    YearMonthInterval(Empty),
    #[prost(message, tag = "19")]
    DayTimeInterval(Empty),
    #[prost(message, tag = "20")]
    Array(Box<Array>),
    #[prost(message, tag = "21")]
    Struct(Struct),
    #[prost(message, tag = "22")]
    Map(Box<Map>),
    #[prost(message, tag = "24")]
    Unparsed(Unparsed),
    #[prost(message, tag = "25")]
    Variant(Empty),
    #[prost(message, tag = "28")]
    Time(Empty),
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Decimal {
    #[prost(int32, optional, tag = "1")]
    pub(super) scale: Option<i32>,
    #[prost(int32, optional, tag = "2")]
    pub(super) precision: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Length {
    #[prost(int32, tag = "1")]
    pub(super) length: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Array {
    #[prost(message, optional, boxed, tag = "1")]
    pub(super) element: Option<Box<DataType>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Map {
    #[prost(message, optional, boxed, tag = "1")]
    pub(super) key: Option<Box<DataType>>,
    #[prost(message, optional, boxed, tag = "2")]
    pub(super) value: Option<Box<DataType>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Struct {
    #[prost(message, repeated, tag = "1")]
    pub(super) fields: Vec<Field>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Field {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, optional, tag = "2")]
    pub(super) data_type: Option<DataType>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Unparsed {
    #[prost(string, tag = "1")]
    pub(super) data_type_string: String,
}
