"""A CSV of 41 columns in the shape of New York's 311 requests, which qsv is measured on: rules on rows, faults in 6 of 1,000.

Once counted, and once with every fault located and the rows told apart, which is what `qsv validate` does. The faults are of
values, not of types: the readers of DuckDB and Polars stop at those.
"""

import argparse

from place import Place
from rules import Case, Rule, Table, between, in_set, length, matches, not_null

TITLE = "a CSV of 41 columns, rules on rows, faults counted and located"

TIME = r"^[01][0-9]/[0-3][0-9]/20[0-9]{2} [01][0-9]:[0-5][0-9]:[0-5][0-9] [AP]M$"
AGENCIES = ["NYPD", "HPD", "DSNY", "DOT", "DEP", "DPR", "DOB", "DOHMH", "DHS", "TLC", "DCA", "EDC", "DOE", "DFTA"]
BOROUGHS = ["BROOKLYN", "QUEENS", "MANHATTAN", "BRONX", "STATEN ISLAND", "Unspecified"]
STATES = ["Closed", "Open", "Pending", "In Progress", "Assigned", "Started", "Unspecified"]
CHANNELS = ["PHONE", "ONLINE", "MOBILE", "UNKNOWN", "OTHER"]
PLACES = ["ADDRESS", "INTERSECTION", "BLOCKFACE", "LATLONG", "PLACENAME"]

COLUMNS = [
    "Unique Key", "Created Date", "Closed Date", "Agency", "Agency Name", "Complaint Type", "Descriptor", "Location Type",
    "Incident Zip", "Incident Address", "Street Name", "Cross Street 1", "Cross Street 2", "Intersection Street 1",
    "Intersection Street 2", "Address Type", "City", "Landmark", "Facility Type", "Status", "Due Date",
    "Resolution Description", "Resolution Action Updated Date", "Community Board", "BBL", "Borough",
    "X Coordinate (State Plane)", "Y Coordinate (State Plane)", "Open Data Channel Type", "Park Facility Name",
    "Park Borough", "Vehicle Type", "Taxi Company Borough", "Taxi Pick Up Location", "Bridge Highway Name",
    "Bridge Highway Direction", "Road Ramp", "Bridge Highway Segment", "Latitude", "Longitude", "Location",
]
TYPES = {"Unique Key": "integer", "X Coordinate (State Plane)": "integer", "Y Coordinate (State Plane)": "integer",
         "Latitude": "float", "Longitude": "float"}

RULES: list[Rule] = [
    between("Unique Key", "10000000", "99999999"),
    matches("Created Date", TIME), matches("Closed Date", TIME), matches("Due Date", TIME),
    matches("Resolution Action Updated Date", TIME), in_set("Agency", AGENCIES), length("Agency Name", 3, 80),
    length("Complaint Type", 3, 60), length("Descriptor", 2, 100), length("Incident Address", 3, 60),
    matches("Incident Zip", "^[0-9]{5}$"), matches("BBL", "^[0-9]{10}$"), in_set("Address Type", PLACES),
    in_set("Status", STATES), in_set("Borough", BOROUGHS), in_set("Park Borough", BOROUGHS),
    in_set("Open Data Channel Type", CHANNELS), matches("Community Board", "^[0-9]{2} [A-Z ]+$"),
    between("X Coordinate (State Plane)", "913000", "1068000"), between("Y Coordinate (State Plane)", "121000", "273000"),
    between("Latitude", "40.4", "41.0"), between("Longitude", "-74.3", "-73.6"),
    matches("Location", r"^\(40\.[0-9]+, -7[34]\.[0-9]+\)$"), length("Resolution Description", 5, 400),
    *(not_null(column) for column in ("Unique Key", "Created Date", "Agency", "Agency Name", "Complaint Type", "Status",
                                      "Borough", "Open Data Channel Type")),
]


def cases(asked: argparse.Namespace, place: Place) -> list[Case]:
    def table(rows: int) -> dict[str, Table]:
        folder = place.maker(f"wide-{rows}", "wide", str(rows))
        kinds = {column: TYPES.get(column, "string") for column in COLUMNS}
        return {"requests": Table(str(folder / "requests.csv"), kinds, RULES)}

    few = asked.wide_rows // 20
    slow = {"frictionless": "a twentieth of the rows is measured below: it takes an hour for all"}
    return [
        Case(f"wide CSV, {asked.wide_rows:,} rows, counted", table(asked.wide_rows), skipped=slow),
        Case(f"wide CSV, {asked.wide_rows:,} rows, located", table(asked.wide_rows), located=True, skipped=slow),
        Case(f"wide CSV, {few:,} rows, located", table(few), located=True, only=["tamiz", "qsv", "frictionless"]),
    ]
