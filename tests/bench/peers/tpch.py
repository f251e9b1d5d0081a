"""The eight tables of TPC-H: their columns, and the rules that its specification (4.2.3) gives them."""

from pathlib import Path

from rules import Rule, Table, at_most, between, foreign_key, in_set, length, matches, not_null, unique

# Rows at scale 1, where keys count from 1.
KEYS = {"supplier": 10_000, "part": 200_000, "customer": 150_000, "orders": 6_000_000}

TYPES = {
    "region": "regionkey:integer name:string comment:string",
    "nation": "nationkey:integer name:string regionkey:integer comment:string",
    "supplier": "suppkey:integer name:string address:string nationkey:integer phone:string acctbal:decimal comment:string",
    "customer": "custkey:integer name:string address:string nationkey:integer phone:string acctbal:decimal"
                " mktsegment:string comment:string",
    "part": "partkey:integer name:string mfgr:string brand:string type:string size:integer container:string"
            " retailprice:decimal comment:string",
    "partsupp": "partkey:integer suppkey:integer availqty:integer supplycost:decimal comment:string",
    "orders": "orderkey:integer custkey:integer orderstatus:string totalprice:decimal orderdate:date"
              " orderpriority:string clerk:string shippriority:integer comment:string",
    "lineitem": "orderkey:integer partkey:integer suppkey:integer linenumber:integer quantity:decimal"
                " extendedprice:decimal discount:decimal tax:decimal returnflag:string linestatus:string shipdate:date"
                " commitdate:date receiptdate:date shipinstruct:string shipmode:string comment:string",
}
PREFIX = {"region": "r_", "nation": "n_", "supplier": "s_", "customer": "c_", "part": "p_", "partsupp": "ps_",
          "orders": "o_", "lineitem": "l_"}

REGIONS = ["AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"]
NATIONS = ["ALGERIA", "ARGENTINA", "BRAZIL", "CANADA", "EGYPT", "ETHIOPIA", "FRANCE", "GERMANY", "INDIA", "INDONESIA",
           "IRAN", "IRAQ", "JAPAN", "JORDAN", "KENYA", "MOROCCO", "MOZAMBIQUE", "PERU", "CHINA", "ROMANIA",
           "SAUDI ARABIA", "VIETNAM", "RUSSIA", "UNITED KINGDOM", "UNITED STATES"]
SEGMENTS = ["AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY", "HOUSEHOLD"]
PRIORITIES = ["1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"]
INSTRUCTIONS = ["DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"]
MODES = ["REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"]
KINDS = [f"{a} {b} {c}" for a in ("STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO")
         for b in ("ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED")
         for c in ("TIN", "NICKEL", "BRASS", "STEEL", "COPPER")]
CONTAINERS = [f"{a} {b}" for a in ("SM", "LG", "MED", "JUMBO", "WRAP")
              for b in ("CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM")]

# What the generator is asked for a third of lineitem as CSV: two million rows at scale 1.
THIRD = ["csv", "--tables=lineitem", "--parts=3", "--part=1"]

TEXT = "^[a-zA-Z ,.;:?!'-]+$"
PHONE = "^[1-3][0-9]-[1-9][0-9]{2}-[1-9][0-9]{2}-[1-9][0-9]{3}$"


def columns(table: str) -> dict[str, str]:
    pairs = (said.split(":") for said in TYPES[table].split())
    return {PREFIX[table] + name: kind for name, kind in pairs}


def gate(folder: Path, scale: float) -> dict[str, Table]:
    """All eight tables under all their rules: no nulls, keys, references, domains, ranges, order, texts."""
    tables = {}
    for name in TYPES:
        kinds = columns(name)
        rules = [not_null(column) for column in kinds] + own_rules(name, scale)
        tables[name] = Table(str(folder / f"{name}.parquet"), kinds, rules)
    return tables


def without_free_text(tables: dict[str, Table]) -> dict[str, Table]:
    """The same without the patterns of comments, which nothing but reading every comment decides."""
    return {name: Table(table.path, table.columns, [rule for rule in table.rules if not is_free_text(rule)])
            for name, table in tables.items()}


def is_free_text(rule: Rule) -> bool:
    return rule.kind == "matches" and rule.pattern == TEXT


def own_rules(table: str, scale: float) -> list[Rule]:
    def key(column: str, of: str) -> Rule:
        return between(column, "1", str(int(KEYS[of] * scale)))

    match table:
        case "region":
            return [unique("r_regionkey"), between("r_regionkey", "0", "4"), in_set("r_name", REGIONS),
                    length("r_comment", 31, 115), matches("r_comment", TEXT)]
        case "nation":
            return [unique("n_nationkey"), between("n_nationkey", "0", "24"), in_set("n_name", NATIONS),
                    foreign_key(["n_regionkey"], "region", ["r_regionkey"]),
                    length("n_comment", 31, 114), matches("n_comment", TEXT)]
        case "supplier":
            return [unique("s_suppkey"), key("s_suppkey", "supplier"), matches("s_name", "^Supplier#[0-9]{9}$"),
                    length("s_address", 10, 40), foreign_key(["s_nationkey"], "nation", ["n_nationkey"]),
                    matches("s_phone", PHONE), between("s_acctbal", "-999.99", "9999.99"),
                    length("s_comment", 25, 100), matches("s_comment", TEXT)]
        case "customer":
            return [unique("c_custkey"), key("c_custkey", "customer"), matches("c_name", "^Customer#[0-9]{9}$"),
                    length("c_address", 10, 40), foreign_key(["c_nationkey"], "nation", ["n_nationkey"]),
                    matches("c_phone", PHONE), between("c_acctbal", "-999.99", "9999.99"),
                    in_set("c_mktsegment", SEGMENTS), length("c_comment", 29, 116), matches("c_comment", TEXT)]
        case "part":
            return [unique("p_partkey"), key("p_partkey", "part"), matches("p_name", "^[a-z]+( [a-z]+){4}$"),
                    in_set("p_mfgr", [f"Manufacturer#{one}" for one in range(1, 6)]),
                    in_set("p_brand", [f"Brand#{one}{two}" for one in range(1, 6) for two in range(1, 6)]),
                    in_set("p_type", KINDS), between("p_size", "1", "50"), in_set("p_container", CONTAINERS),
                    between("p_retailprice", "900.00", "2099.00"),
                    length("p_comment", 5, 22), matches("p_comment", TEXT)]
        case "partsupp":
            return [unique("ps_partkey", "ps_suppkey"), foreign_key(["ps_partkey"], "part", ["p_partkey"]),
                    foreign_key(["ps_suppkey"], "supplier", ["s_suppkey"]), between("ps_availqty", "1", "9999"),
                    between("ps_supplycost", "1.00", "1000.00"),
                    length("ps_comment", 49, 198), matches("ps_comment", TEXT)]
        case "orders":
            return [unique("o_orderkey"), key("o_orderkey", "orders"),
                    foreign_key(["o_custkey"], "customer", ["c_custkey"]), in_set("o_orderstatus", ["O", "F", "P"]),
                    between("o_totalprice", "800.00", "700000.00"),
                    between("o_orderdate", "1992-01-01", "1998-08-02"), in_set("o_orderpriority", PRIORITIES),
                    matches("o_clerk", "^Clerk#[0-9]{9}$"), between("o_shippriority", "0", "0"),
                    length("o_comment", 19, 78), matches("o_comment", TEXT)]
        case _:
            return [foreign_key(["l_orderkey"], "orders", ["o_orderkey"]),
                    foreign_key(["l_partkey", "l_suppkey"], "partsupp", ["ps_partkey", "ps_suppkey"]),
                    between("l_commitdate", "1992-01-31", "1998-10-31"),
                    between("l_receiptdate", "1992-01-03", "1998-12-31"),
                    between("l_shipdate", "1992-01-02", "1998-12-01"), length("l_comment", 10, 43), *lineitem_rules()]


def lineitem_rules() -> list[Rule]:
    """The rules of lineitem that need no other table, but for its nulls."""
    return [between("l_quantity", "1", "50"), between("l_discount", "0", "0.10"), between("l_tax", "0", "0.08"),
            between("l_extendedprice", "900.00", "104950.00"), between("l_linenumber", "1", "7"),
            in_set("l_returnflag", ["R", "A", "N"]), in_set("l_linestatus", ["O", "F"]),
            in_set("l_shipinstruct", INSTRUCTIONS), in_set("l_shipmode", MODES),
            at_most("l_shipdate", "l_receiptdate"), matches("l_comment", TEXT), unique("l_orderkey", "l_linenumber")]
